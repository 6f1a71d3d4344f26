/** Every failure this project raises on purpose. */

export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * Base of all errors raised on purpose; anything else that reaches a boundary is a bug.
 *
 * `code` is stable: tests, logs and the wire match on it, never on `message`.
 */
export abstract class TunerError extends Error {
  abstract readonly code: string;
  readonly details: ErrorDetails;

  constructor(message: string, details: ErrorDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.details = details;
  }
}

/** A value lies outside the set on which the operation is defined. */
export class DomainError extends TunerError {
  override readonly code = 'DOMAIN';
}

/** An array has the wrong length or layout. */
export class ShapeError extends TunerError {
  override readonly code = 'SHAPE';
}

/**
 * The person who started the command can mend this: a wrong flag, file, port or address.
 *
 * `message` is the one line that is shown; it names what is wrong and what would be right. Exit status 2.
 */
export class UsageError extends TunerError {
  override readonly code = 'USAGE';
}

/**
 * The surroundings refuse: a busy port, a full disk, an unreachable server. `message` is the one line shown. Exit status 1.
 */
export class EnvironmentError extends TunerError {
  override readonly code = 'ENVIRONMENT';
}

/** A sensor could not be read. */
export class MeterError extends TunerError {
  override readonly code = 'METER';
}

/** Bytes or fields from the wire do not form a valid message. */
export class WireError extends TunerError {
  override readonly code = 'WIRE';
}
