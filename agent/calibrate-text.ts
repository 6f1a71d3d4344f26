/** What a calibration measured and found, for people and for programs. */

import type { SensorReport } from '../shared/domain/hardware.js';
import type { DeviceId } from '../shared/domain/identity.js';
import { formatDuration } from '../shared/domain/quantity.js';
import { entryLines, titleLine, type TextOptions } from '../shared/runtime/entry-text.js';
import { fillText, printable, wrapText } from '../shared/runtime/terminal-text.js';
import type { CalibrateSettings } from './calibrate-flags.js';
import { signedPercent } from './calibrate-method.js';
import { wholeWatts, type MeasuredStep } from './calibrate-steps.js';
import { dateOf, type Calibration } from './meter/calibration/calibration.js';
import type { KeptCalibration } from './meter/calibration/calibration-files.js';
import type { FitQuality } from './meter/calibration/calibration-fit.js';
import { WALL_METER } from './meter/sources/wall-meter-source.js';

/** What became of one device. */
export type CalibrationResult = ResultCore &
  (
    | ({
        readonly kind: 'fitted';
        readonly calibration: Calibration;
        readonly quality: FitQuality;
      } & KeptCalibration)
    | { readonly kind: 'refused'; readonly reason: string; readonly quality?: FitQuality }
  );

interface ResultCore {
  readonly device: DeviceId;
  /** Steps that gave nothing, and why. */
  readonly faults: readonly string[];
}

/** A table that grows step by step. */
export interface StepTable {
  readonly head: readonly string[];
  row(step: MeasuredStep): string;
}

const LABEL_WIDTH = 14;
const COLUMN_WIDTH = 15;

/** One column of watts for each device and the wall. */
export function calibrateTable(
  targets: readonly SensorReport[],
  { levels, seconds, restSeconds }: CalibrateSettings,
  { width }: TextOptions,
): StepTable {
  const columns = [...targets.map(({ device }) => device), WALL_METER];
  const duration = formatDuration(2 * levels.length * (seconds + restSeconds));
  const opening = `Calibrating ${targets.map(({ device }) => device).join(', ')} for ${duration}; nothing else should run here meanwhile.`;
  const names = columns.map((id) => fillText(id === WALL_METER ? 'wall' : id, COLUMN_WIDTH, 'right'));
  return {
    head: [
      ...wrapText(opening, width),
      '',
      `${fillText('  load', LABEL_WIDTH)}${names.map((name) => ` ${name}`).join('')}`,
    ],
    row: ({ level, ramp, seconds: length, devices }) => {
      const watts = columns.map((id) => {
        const power = wholeWatts(devices, id, length);
        return fillText(typeof power === 'string' ? 'unknown' : `${power.watts.toFixed(1)} W`, COLUMN_WIDTH, 'right');
      });
      const label = `  ${ramp === 'up' ? '↑' : '↓'} ${Math.round(level * 100)} %`;
      return `${fillText(label, LABEL_WIDTH)}${watts.map((text) => ` ${text}`).join('')}`;
    },
  };
}

export const resultText = (results: readonly CalibrationResult[], options: TextOptions): string[] =>
  results.flatMap((result) => ['', titleLine(result.device, '', options), ...resultLines(result, options)]);

function resultLines(result: CalibrationResult, options: TextOptions): string[] {
  const entry = (label: string, text: string, tone: 'plain' | 'good' | 'caution' = 'plain'): string[] =>
    entryLines({ label, text, tone }, { ...options, labelWidth: RESULT_LABEL_WIDTH });
  const faults = result.faults.flatMap((fault) => entry('left out', fault, 'caution'));
  const quality = result.quality ? entry('fit', qualityText(result.quality)) : [];
  if (result.kind === 'refused') return [...faults, ...quality, ...entry('refused', `${result.reason}.`, 'caution')];
  const { calibration, file, earlier } = result;
  const { gain, offsetWatts, uncertainty, withheld, method } = calibration;
  return [
    ...faults,
    ...entry('gain', `${gain.toFixed(4)} ± ${uncertainty.gain.toFixed(4)}`),
    ...entry('offset', `${offsetWatts.toFixed(2)} ± ${uncertainty.offsetWatts.toFixed(2)} W`),
    ...quality,
    ...entry('method', method),
    // Not wrapped: a path in pieces is no path.
    `${fillText('  kept', RESULT_LABEL_WIDTH + 2)} ${printable(file)}`,
    ...(earlier
      ? [...entry('replaced', earlierText(earlier, calibration), 'caution'), `    ${printable(earlier.file)}`]
      : []),
    ...(withheld === undefined
      ? entry(
          'applied',
          'from the next start on: figures are corrected, and the sensor’s own stand beside them',
          'good',
        )
      : entry('not applied', `${withheld}.`, 'caution')),
  ];
}

const RESULT_LABEL_WIDTH = 'not applied'.length;

/** What an earlier calibration was and what it takes to have it back; its file follows. */
function earlierText({ calibration }: NonNullable<KeptCalibration['earlier']>, { withheld }: Calibration): string {
  if (calibration === undefined) return 'what stood there, which was no calibration, is now:';
  const { gain, uncertainty, withheld: before } = calibration;
  const figure = `the calibration of ${dateOf(calibration)}, gain ${gain.toFixed(4)} ± ${uncertainty.gain.toFixed(4)}`;
  const lost = before === undefined && withheld !== undefined ? ', which was applied and no longer is' : '';
  return `${figure}${lost}; to have it back, copy this over the file above:`;
}

const qualityText = ({ rSquared, rampDifference, rampShift, residualWatts }: FitQuality): string => {
  const largest = Math.max(...residualWatts.map(Math.abs));
  return `r² ${rSquared.toFixed(5)}, falling over rising loads ${signedPercent(rampDifference)} in slope and ${signedPercent(rampShift)} in level, largest residual ${largest.toFixed(1)} W`;
};

/** Mean power of every device; `null` where it is not known, with the reason. */
export const stepJson = ({ level, ramp, seconds, devices }: MeasuredStep): object => ({
  ...{ level, ramp, seconds },
  devices: devices.map(({ device }) => {
    const power = wholeWatts(devices, device, seconds);
    return typeof power === 'string' ? { device, watts: null, reason: power } : { device, watts: power.watts };
  }),
});

export const resultJson = (result: CalibrationResult): object =>
  result.kind === 'fitted'
    ? { ...result, applied: result.calibration.withheld === undefined }
    : { ...result, applied: false };
