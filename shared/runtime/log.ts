/** Structured logs: the event is a constant text, ids come from `child`, keys carry units. */

import winston from 'winston';

import { TunerError } from '../domain/errors.js';

export type LogFields = Readonly<Record<string, unknown>>;

/** Writes events. `info`: domain state changed; `warn`: coped, something lost; `error`: someone must act; `debug`: free. */
export interface Log {
  debug(fields: LogFields, event: string): void;
  info(fields: LogFields, event: string): void;
  warn(fields: LogFields, event: string): void;
  error(fields: LogFields, event: string): void;
  child(ids: LogFields): Log;
}

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** `json`: one object a line; `text`: for people. */
  readonly format: 'json' | 'text';
  /** Absent: standard error. */
  readonly file?: string;
}

/** Opens the process's log. */
export function createLog({ level, format, file }: LogOptions): Log {
  const logger = winston.createLogger({
    level: level === 'silent' ? 'error' : level,
    silent: level === 'silent',
    format: format === 'json' ? jsonFormat : textFormat,
    transports: [
      file === undefined
        ? new winston.transports.Console({ stderrLevels: ['debug', 'info', 'warn', 'error'] })
        : new winston.transports.File({ filename: file, maxsize: 16 * 2 ** 20, maxFiles: 3 }),
    ],
  });
  return wrap(logger);
}

function wrap(logger: winston.Logger, ids: LogFields = {}): Log {
  const at =
    (level: string) =>
    (fields: LogFields, event: string): void =>
      void logger.log({ level, message: event, ...ids, ...plainErrors(fields) });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (more) => wrap(logger, { ...ids, ...more }),
  };
}

/** `JSON.stringify(new Error())` is `{}`: spell errors out. */
function plainErrors(fields: LogFields): LogFields {
  const { error, ...rest } = fields;
  if (!(error instanceof Error)) return fields;
  const code = error instanceof TunerError ? error.code : ((error as NodeJS.ErrnoException).code ?? error.name);
  return { ...rest, error: { code, message: error.message, stack: error.stack } };
}

const jsonFormat = winston.format.combine(
  winston.format.timestamp(),
  winston.format.printf(({ level, timestamp, message, ...fields }) =>
    JSON.stringify({ level, time: timestamp, ...fields, msg: message }, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  ),
);

const textFormat = winston.format.combine(
  winston.format.timestamp({ format: 'HH:mm:ss' }),
  winston.format.printf(({ level, timestamp, message, ...fields }) => {
    const pairs = Object.entries(fields).map(([key, value]) => `${key}=${plainText(value)}`);
    return [timestamp, level.padEnd(5), message, ...pairs].join(' ');
  }),
);

function plainText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'message' in value) return JSON.stringify(value.message);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
