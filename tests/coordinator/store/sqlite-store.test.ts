/** The SQLite store: the contract, its file, its lock, its versions, and disks that refuse. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { migrate } from '../../../coordinator/store/schema.js';
import { openSql } from '../../../coordinator/store/sql.js';
import { openSqliteStore } from '../../../coordinator/store/sqlite-store.js';
import { DomainError, EnvironmentError } from '../../../shared/domain/errors.js';
import { trialId } from '../../../shared/domain/identity.js';
import { BACK_TO_FIRST_VERSION } from '../../support/first-version.js';
import { sampleEvent, sampleObservation } from '../../support/sample-domain.js';
import { attemptOf, campaignOf, storeContract, trialOf } from './store-contract.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecopt-store-'));
  file = join(folder, 'store.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

storeContract('the store in memory', () => openSqliteStore(':memory:'));
storeContract('the store in a file', () => openSqliteStore(file));

const reasonOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a file', () => {
  test('keeps everything over a restart', () => {
    const before = openSqliteStore(file);
    before.insertCampaign(campaignOf('c1'));
    before.insertTrial(trialOf('c1-1', 1));
    before.insertAttempt(attemptOf('c1-1', 1));
    const known = [before.campaigns(), before.trials(campaignOf('c1').id), before.openAttempts()];
    before.close();
    const after = openSqliteStore(file);
    expect([after.campaigns(), after.trials(campaignOf('c1').id), after.openAttempts()]).toEqual(known);
    after.close();
  });

  test('holds no sealed value anywhere but in its own table', () => {
    const store = openSqliteStore(file);
    store.insertCampaign(campaignOf('c1'));
    const value = 1.734129034;
    const observation = { ...sampleObservation, sealed: { very_secret_metric: value } };
    store.insertEvent(sampleEvent({ kind: 'observed', observation }), 1);
    store.close();
    const bytes = readFileSync(file);
    expect(bytes.includes('very_secret_metric')).toBe(false);
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    expect(bytes.includes(double)).toBe(false);
    expect(bytes.includes(double.reverse())).toBe(false);
    expect(bytes.includes(String(value))).toBe(false);
  });

  test('is held by one process; the other is told which folder is meant and what to do', () => {
    const first = openSqliteStore(file);
    const error = reasonOf(() => openSqliteStore(file));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(String(error)).toContain(file);
    expect(String(error)).toMatch(/is locked\. Process \d+ \(.+\) holds it: wait until.*--state DIR/);
    first.insertCampaign(campaignOf('c1'));
    first.close();
    const second = openSqliteStore(file);
    expect(second.campaigns()).toHaveLength(1);
    second.close();
  });

  test.each([
    ['ecopt.js', /is locked\. Process PID \(ecopt serve\) is at work in this state folder: .*--state DIR/],
    ['reader.js', /is locked\. Process PID \(node\) holds it: wait until it has ended.*--state DIR/],
  ])('that %s holds names the process', async (name, message) => {
    openSqliteStore(file).close();
    const script = join(folder, name);
    const lock = "database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE'); console.log('held')";
    const library = createRequire(import.meta.url).resolve('libsql');
    const program = `const database = new (require(${JSON.stringify(library)}))(process.argv[3]); ${lock}; setInterval(() => {}, 1e6)`;
    writeFileSync(script, program);
    const holder = spawn(process.execPath, [script, 'serve', file], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      await once(holder.stdout, 'data');
      const error = String(reasonOf(() => openSqliteStore(file)));
      expect(error.replace(`Process ${holder.pid} `, 'Process PID ')).toMatch(message);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    openSqliteStore(file).close();
  });

  test.each([
    ['damaged', () => writeFileSync(file, 'no database at all '.repeat(100)), /damaged: move it away/],
    ['a folder', () => mkdirSync(file), /[Uu]nable to open .*Check the disk and the permissions/],
    [
      'in a folder that is not there',
      () => rmSync(folder, { recursive: true }),
      /[Uu]nable to open .*Check the disk and the permissions/,
    ],
  ])('that is %s is named in one line', (_, prepare, message) => {
    prepare();
    const error = reasonOf(() => openSqliteStore(file));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('\n');
    mkdirSync(folder, { recursive: true });
  });

  test('that was cut off in the middle is called damaged, not empty', () => {
    const store = openSqliteStore(file);
    for (let i = 0; i < 50; i++) store.insertCampaign(campaignOf(`c${i}`));
    store.close();
    truncateSync(file, 8192);
    expect(String(reasonOf(() => openSqliteStore(file).campaigns()))).toMatch(/damaged: move it away/);
  });
});

describe('versions', () => {
  test('a new file is brought to the newest, once', () => {
    const sql = openSql(file);
    expect(sql.get('PRAGMA user_version')).toEqual({ user_version: 0 });
    migrate(sql);
    const version = sql.get('PRAGMA user_version')?.['user_version'];
    expect(version).toBeGreaterThan(0);
    sql.run("INSERT INTO rejected (subject, reason, received_ms, body) VALUES ('s', 'r', 1, x'00')");
    migrate(sql);
    expect(sql.get('SELECT count(*) AS n FROM rejected')).toEqual({ n: 1 });
    expect(sql.get('PRAGMA user_version')?.['user_version']).toBe(version);
    sql.close();
  });

  test('energies that version 1 kept twice for one device are kept once, as the later event has them', () => {
    const sql = openSql(file);
    migrate(sql);
    sql.exec(`
      DROP TABLE attempt_energy;
      CREATE TABLE attempt_energy (
        trial TEXT NOT NULL, attempt INTEGER NOT NULL, device TEXT NOT NULL, part TEXT NOT NULL, provenance TEXT NOT NULL,
        sequence INTEGER NOT NULL, microjoules TEXT NOT NULL,
        PRIMARY KEY (trial, attempt, device, part, provenance)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO attempt_energy VALUES ('t', 1, 'cpu-0', 'cpu', 'counter', 4, '400'), ('t', 1, 'cpu-0', 'cpu', 'model', 2, '100'),
        ('t', 1, 'gpu', 'accelerator', 'counter', 4, '9');
    `);
    sql.exec(BACK_TO_FIRST_VERSION);
    migrate(sql);
    sql.close();
    const store = openSqliteStore(file);
    expect(store.attemptEnergy(trialId('t'), 1)).toEqual([
      { device: 'cpu-0', part: 'cpu', provenance: 'counter', microjoules: 400n },
      { device: 'gpu', part: 'accelerator', provenance: 'counter', microjoules: 9n },
    ]);
    store.close();
  });

  test('a file of a newer program is refused, left as it is and let go', () => {
    const newer = openSql(file);
    newer.exec('PRAGMA user_version = 99; CREATE TABLE future (x)');
    newer.close();
    const error = reasonOf(() => openSqliteStore(file));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(String(error)).toMatch(/version 99.*Use the newer program/);
    const again = openSql(file);
    expect(again.get('PRAGMA user_version')).toEqual({ user_version: 99 });
    expect(again.all('SELECT * FROM future')).toEqual([]);
    again.close();
  });

  test('a migration that fails leaves the version before it', () => {
    const sql = openSql(file);
    sql.exec('CREATE TABLE trial (something_else)');
    expect(() => migrate(sql)).toThrow();
    expect(sql.get('PRAGMA user_version')).toEqual({ user_version: 0 });
    expect(sql.get("SELECT count(*) AS n FROM sqlite_master WHERE name = 'campaign'")).toEqual({ n: 0 });
    sql.close();
  });
});

describe('a disk that is full', () => {
  test('undoes the transaction, says so, and with room again goes on', () => {
    const sql = openSql(file);
    sql.exec('CREATE TABLE t (x)');
    sql.exec('PRAGMA max_page_count = 10');
    const fill = (): void =>
      sql.transaction(() => {
        for (let i = 0; i < 100; i++) sql.run('INSERT INTO t VALUES (?)', new Uint8Array(4000));
      });
    const error = reasonOf(fill);
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(String(error)).toMatch(/full.*free some space and start again/);
    expect(sql.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
    sql.exec('PRAGMA max_page_count = 1000');
    fill();
    expect(sql.get('SELECT count(*) AS n FROM t')).toEqual({ n: 100 });
    sql.close();
  });

  test('is told apart from a row that is at fault', () => {
    const sql = openSql(':memory:');
    sql.exec('CREATE TABLE t (x REAL NOT NULL UNIQUE) STRICT');
    sql.run('INSERT INTO t VALUES (1)');
    for (const value of [Number.NaN, 1, 'text']) {
      expect(() => sql.run('INSERT INTO t VALUES (?)', value)).toThrow(DomainError);
    }
    expect(() => sql.run('INSERT INTO nowhere VALUES (1)')).toThrow(EnvironmentError);
    expect(sql.get('SELECT x FROM t WHERE x > ?', 5)).toBeUndefined();
    sql.close();
  });
});

test('any value goes in and comes back, also alone: bytes, nothing, large numbers', () => {
  const sql = openSql(':memory:');
  sql.exec('CREATE TABLE t (x)');
  const values = [new Uint8Array([0, 1, 255]), null, 2 ** 53, -0.1, '', '☃ and \n'];
  for (const value of values) sql.run('INSERT INTO t VALUES (?)', value);
  expect(sql.all('SELECT x FROM t ORDER BY rowid').map(({ x }) => x)).toEqual(values);
  expect(sql.get('SELECT count(*) AS n FROM t WHERE x IS ?', null)).toEqual({ n: 1 });
  sql.close();
});

test('a store that is closed refuses, and does not pretend', () => {
  const store = openSqliteStore(file);
  store.campaigns();
  store.close();
  expect(() => store.campaigns()).toThrow('the store is closed');
  expect(() => store.transaction(() => 1)).toThrow('the store is closed');
  expect(() => store.close()).not.toThrow();
});
