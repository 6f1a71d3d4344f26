/** Finds points that keep the constraints: by drawing anew, then by descending on the distance to the legal set. */

import type { Configuration } from '../../shared/domain/configuration.js';
import { seededRandom, type Random } from '../../shared/runtime/random.js';
import type { Axis } from './axis.js';
import type { CompiledSpace } from './compiled-space.js';

/** Redraws of the coordinates that a broken constraint names. */
const REDRAWS = 60;
/** Moves along one coordinate before a descent is given up; where none of them gains, it is thrown off course. */
const MOVES = 48;
/** Values tried along a coordinate: all of them where there are no more levels than this. */
const LOOKS = 32;
/** Halvings of the stretch around the best of them, enough to meet an equation between continuous parameters. */
const NARROWINGS = 64;
/** Shrinkings of the range of a coordinate within which a legal value is drawn. */
const SHRINKINGS = 12;
/** Points from which the legal set is looked for before a space counts as having none. */
const SEARCHES = 40;

/** Distance to the legal set with the point it belongs to. */
interface Place {
  readonly point: Float64Array;
  readonly distance: number;
}

/** A legal point for a sequence that fills the space: drawn anew where that finds one, else reached and then spread out. */
export function legalPoint(space: CompiledSpace, point: Float64Array, random: Random): Float64Array | undefined {
  let tried = point;
  for (let attempt = 0; attempt <= REDRAWS; attempt++) {
    const configuration = space.decode(tried);
    const broken = space.constraints.find((constraint) => !constraint.holds(configuration));
    if (!broken) return tried;
    tried = tried.map((value, c) => (broken.names.includes(nameOf(space, c)) ? random.uniform() : value));
  }
  const reached = nearbyLegalPoint(space, point, random);
  return reached && spreadOut(space, reached, random);
}

/** A legal point that differs from `point` in few coordinates and little; `undefined` when none is found. */
export function nearbyLegalPoint(space: CompiledSpace, point: Float64Array, random: Random): Float64Array | undefined {
  let place = placeAt(space, point);
  let tried = new Set<number>();
  for (let move = 0; move < MOVES && place.distance > 0; move++) {
    const coordinates = movable(space, space.decode(place.point), random);
    if (coordinates.length === 0) return undefined;
    const untried = coordinates.filter((c) => !tried.has(c));
    const c = untried.length > 0 ? drawn(untried, random) : drawn(coordinates, random);
    const next =
      untried.length > 0
        ? bestAlong(space, place, { c, random })
        : placeAt(space, place.point.with(c, random.uniform()));
    if (untried.length === 0 || next.distance < place.distance) {
      place = next;
      tried = new Set();
    } else tried.add(c);
  }
  return place.distance === 0 ? place.point : undefined;
}

/** Some legal configuration, or `undefined` when many searches found none: the constraints may contradict each other. */
export function someLegalConfiguration(space: CompiledSpace): Configuration | undefined {
  if (space.size === 0) return undefined;
  for (let search = 0; search < SEARCHES; search++) {
    const random = seededRandom(`legal configuration/${search}`);
    const start = Float64Array.from({ length: space.dimension }, () => random.uniform());
    const point = legalPoint(space, start, random);
    if (point) return space.decode(point);
  }
  return undefined;
}

const drawn = <T>(all: readonly T[], random: Random): T => all[random.integer(all.length)]!;

const nameOf = ({ axes }: CompiledSpace, c: number): string => axes[c]!.parameter.name;

/** The sum over constraints; logarithms, so that one with large numbers does not hide the others. */
function placeAt(space: CompiledSpace, point: Float64Array): Place {
  const configuration = space.decode(point);
  let distance = 0;
  for (const constraint of space.constraints) distance += Math.log1p(constraint.distance(configuration));
  return { point, distance };
}

/** Coordinates that bear on one of the broken constraints, drawn at random: of its parameters and of those they depend on. */
function movable(space: CompiledSpace, configuration: Configuration, random: Random): number[] {
  const broken = space.constraints.filter((constraint) => !constraint.holds(configuration));
  const names = new Set(drawn(broken, random).names);
  // Parents come before their children, so that one walk backwards finds all ancestors.
  for (const { parameter } of space.places.toReversed()) {
    if (parameter.when && names.has(parameter.name)) names.add(parameter.when.parameter);
  }
  return space.axes.flatMap(({ levels, parameter }, c) => (levels > 1 && names.has(parameter.name) ? [c] : []));
}

interface Line {
  readonly c: number;
  readonly random: Random;
}

/** The place along one coordinate with the smallest distance; of several legal ones the nearest, of others any. */
function bestAlong(space: CompiledSpace, place: Place, { c, random }: Line): Place {
  const axis = space.axes[c]!;
  const here = place.point[c]!;
  const nearer = (a: Place, b: Place): boolean => Math.abs(a.point[c]! - here) < Math.abs(b.point[c]! - here);
  let best = place;
  let equals = 1;
  for (const u of looksAlong(axis, here, random)) {
    const next = placeAt(space, place.point.with(c, u));
    if (next.distance > best.distance || (best === place && next.distance === best.distance)) continue;
    equals = next.distance < best.distance ? 1 : equals + 1;
    // Where only the other parameters stand in the way, staying close would go round in circles.
    const replaces = next.distance === 0 ? equals === 1 || nearer(next, best) : random.integer(equals) === 0;
    if (replaces) best = next;
  }
  return axis.levels <= LOOKS || best.distance === 0 ? best : narrowed(space, best, { c, width: 1 / LOOKS });
}

function looksAlong({ levels, level, encode }: Axis, here: number, random: Random): number[] {
  if (levels <= LOOKS) return Array.from({ length: levels }, (_, k) => encode(level(k)));
  const spread = Array.from({ length: LOOKS }, (_, k) => (k + random.uniform()) / LOOKS);
  const near = Array.from({ length: 8 }, (_, k) => here + (random.uniform() - 0.5) * 4 ** -(k + 1));
  return [0, 1, ...spread, ...near.filter((u) => u >= 0 && u <= 1)];
}

/** Golden section towards the smallest distance within `width` of a place on both sides. */
function narrowed(
  space: CompiledSpace,
  place: Place,
  { c, width }: { readonly c: number; readonly width: number },
): Place {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = Math.max(0, place.point[c]! - width);
  let high = Math.min(1, place.point[c]! + width);
  const at = (u: number): Place => placeAt(space, place.point.with(c, u));
  let [left, right] = [at(high - ratio * (high - low)), at(low + ratio * (high - low))];
  let best = place;
  for (let step = 0; step < NARROWINGS && best.distance > 0; step++) {
    for (const each of [left, right]) if (each.distance < best.distance) best = each;
    if (left.distance <= right.distance) {
      high = right.point[c]!;
      [right, left] = [left, at(high - ratio * (high - low))];
    } else {
      low = left.point[c]!;
      [left, right] = [right, at(low + ratio * (high - low))];
    }
  }
  return best;
}

/**
 * A legal point some way from another, by drawing each coordinate anew within the legal stretch around it.
 *
 * Source: the shrinking interval of Neal (2003), "Slice sampling", Ann. Stat. 31, section 4.1.
 */
function spreadOut(space: CompiledSpace, start: Float64Array, random: Random): Float64Array {
  let point = start;
  for (let c = 0; c < space.dimension; c++) {
    let [low, high] = [0, 1];
    for (let shrinking = 0; shrinking < SHRINKINGS; shrinking++) {
      const u = low + random.uniform() * (high - low);
      const moved = point.with(c, u);
      if (space.keepsConstraints(space.decode(moved))) {
        point = moved;
        break;
      }
      if (u < point[c]!) low = u;
      else high = u;
    }
  }
  return point;
}
