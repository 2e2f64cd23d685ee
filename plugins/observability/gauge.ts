import { Gauge, type Registry } from '@prometheus-io/client'

/** A gauge that is looked up each time it is read; true is 1. */
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
