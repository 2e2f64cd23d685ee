import { portSetting } from '../setting-types.ts'

/** The ports of the stand-in servers in local mode. */
export const localModeSettings = {
  LOCAL_SCALEKIT_PORT: portSetting(10_001, 'Local mode: the port of the local Scalekit.'),
  LOCAL_NEWS_PORT: portSetting(10_002, 'Local mode: the port of the sample news.')
}
