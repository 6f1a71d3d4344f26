/** Finds the one figure in what a wall meter answers: in a command's output, or by its path in a JSON document. */

import { WALL_UNITS, type WallUnit } from './wall-meter-settings.js';

/** The figure with its decimals, or why there is none. */
export type WallFigure =
  | { readonly ok: true; readonly value: number; readonly decimals: number }
  | { readonly ok: false; readonly reason: string };

/** A number that does not stand within a word, such as the 1 of `power1` or of `eth-1`. */
const NUMBER = /(?<![\w.]|\w-)[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/;
/**
 * What follows the first part of a decimal comma, a time, a date or an address, and of a word with digits such as `0x10`
 * or `1_000`. A unit may follow, as in `81W`.
 */
const GOES_ON = /^(?:[.,:/-]\d|[A-Za-z]*[\d_])/;
const LONGEST_SHOWN = 120;

/** The first number of the last line that is not empty. */
export function figureInText(output: string): WallFigure {
  const line = output.trimEnd().split('\n').at(-1)?.trim() ?? '';
  if (line === '') return fault('the command printed nothing; its last line must hold the figure');
  const match = NUMBER.exec(line);
  if (match === null) return fault(`there is no number in the last line of the command: ${shown(line)}`);
  const [digits] = match;
  if (GOES_ON.test(line.slice(match.index + digits.length))) {
    return fault(
      `${shown(line)} is no plain number: the figure must come first, with a decimal point and without thousands, as LC_ALL=C writes it`,
    );
  }
  return figure(digits);
}

/**
 * The figure at a path such as `meters[0].power` or `StatusSNS.ENERGY["Power W"]`: a number, or a text that is one.
 */
export function figureAtPath(document: unknown, path: string): WallFigure {
  const keys = pathKeys(path);
  if (keys === undefined) return fault(`${path} is no path; write it like meters[0].power`);
  let value = document;
  for (const [i, key] of keys.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
      const known =
        typeof value === 'object' && value !== null ? Object.keys(value).slice(0, 12).join(', ') : shown(value);
      const place = i === 0 ? 'the document' : `${keys.slice(0, i).join('.')}`;
      return fault(`there is no ${key} in ${place} of the answer; there is: ${known || 'nothing'}`);
    }
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  if (typeof value === 'number' && Number.isFinite(value)) return figure(String(value));
  if (typeof value === 'string' && new RegExp(`^${NUMBER.source}$`).test(value.trim())) return figure(value.trim());
  return fault(`${path} is ${shown(value)}, not a number`);
}

/** Keys of a path; `undefined` when it is none. */
export function pathKeys(path: string): readonly string[] | undefined {
  const keys: string[] = [];
  const step = /\.?([^.[\]"]+)|\[(\d+)\]|\["([^"]+)"\]/y;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    const key = match?.[1] ?? match?.[2] ?? match?.[3];
    if (key === undefined) return undefined;
    keys.push(key);
  }
  return keys.length === 0 ? undefined : keys;
}

/** No machine draws more, in watts. */
const MOST_WATTS = 100_000;
/** No counter has counted more, in joules: a gigawatt for 30 years. */
const MOST_JOULES = 1e18;

/** The same figure, or why no machine that runs has it: none draws nothing, and none what a hundred machines draw. */
export function plausibleFigure(found: WallFigure, unit: WallUnit): WallFigure {
  if (!found.ok) return found;
  const { measures, factor } = WALL_UNITS[unit];
  const micro = Math.round(found.value * factor * 1e6);
  if (micro > 1e6 * (measures === 'power' ? MOST_WATTS : MOST_JOULES)) {
    return fault(`${found.value} ${unit} is more than any machine draws: look at its unit`);
  }
  if (measures === 'energy' || micro > 0) return found;
  return fault(`${found.value} ${unit} is no figure of a machine that runs: look whose meter it is`);
}

function figure(digits: string): WallFigure {
  const value = Number(digits);
  if (!(value >= 0 && value < Infinity)) return fault(`${digits} is no figure of a meter: it must be 0 or above`);
  const [, fraction = '', exponent = '0'] = /^[+-]?\d+(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(digits) ?? [];
  const decimals = fraction.length - Number(exponent);
  if (Math.abs(decimals) > MOST_DECIMALS) return fault(`${digits} is no figure of a meter`);
  return { ok: true, value, decimals };
}

const MOST_DECIMALS = 30;

const fault = (reason: string): WallFigure => ({ ok: false, reason });

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  const plain = text.replace(/[^\x20-\x7e\u00a0-\uffff]+/g, ' ');
  return plain.length > LONGEST_SHOWN ? `${plain.slice(0, LONGEST_SHOWN)}…` : plain;
}
