import { Gauge, type Registry } from '@prometheus-io/client'

/** Adds a gauge that calls `value` each time metrics are collected; true is 1. */
export function addGauge(registry: Registry, name: string, help: string, value: () => number | boolean) {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(Number(value()))
    }
  })
}
