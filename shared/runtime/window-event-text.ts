/** What happened to a device within a window, in words for people; the same on both sides. */

import type { WindowEvent } from '../domain/measurement.js';
import { printable } from './terminal-text.js';

const TEXTS: Readonly<Record<WindowEvent, string>> = {
  'counter-reset': 'the counter started again',
  wrap: 'the counter ran over, which was undone',
  gap: 'looks at the sensor were far apart',
  'read-failed': 'some looks at the sensor gave nothing',
  stuck: 'the sensor stood still',
  throttled: 'clocks were held down by heat or a hardware limit',
  'power-capped': 'clocks were held down by the power limit',
  'above-power-limit': 'mean power is above the power limit of the device: its sensor may have jumped',
  'other-processes': 'other processes used the device: their energy is in the figure',
  'other-processes-unknown': 'whether other processes used the device cannot be told',
  beats: 'the load beat with a sensor that looks part of the time: the uncertainty is widened',
  disagrees: 'a second reading of the device differs by more than both can explain',
  'device-lost': 'the device was lost',
  'module-scope': 'the figure is of the whole module with its CPU and memory',
  'mig-parent': 'the figure is of the whole GPU, which is parted into MIG slices',
  vgpu: 'the figure is of a virtual GPU as its host reports it',
};

/** A known event in words; any other as it is, made printable. */
export const windowEventText = (event: string): string =>
  Object.hasOwn(TEXTS, event) ? TEXTS[event as WindowEvent] : printable(event);
