import { afterEach, expect, test } from 'vitest';

import type { CampaignView } from '../../../coordinator/cli/campaign-view.js';
import { liveFrame } from '../../../coordinator/cli/live-frame.js';
import { openView } from '../../../coordinator/cli/open-view.js';
import { STORY_SECONDS, storyAt } from '../../support/campaign-story.js';
import { manualClock } from '../../support/manual-clock.js';
import { smallTerminal } from './small-terminal.js';

const open: CampaignView[] = [];
afterEach(() => open.splice(0).forEach((view) => view[Symbol.dispose]()));

/** A live view of 80 x 24 on a terminal that is looked at from outside. */
function stage(columns = 80, rows = 24) {
  const terminal = smallTerminal(columns, rows);
  const clock = manualClock();
  const writes: string[] = [];
  const stream = { write: (text: string) => (writes.push(text), terminal.write(text)) };
  const size = { width: () => terminal.columns, rows: () => terminal.rows };
  const view = openView({ mode: 'live', stream, size, color: false, clock });
  open.push(view);
  const expected = (seconds: number, ageSeconds = 0): string[] =>
    liveFrame(storyAt(seconds), { width: terminal.columns, height: terminal.rows - 1, color: false, ageSeconds });
  const shown = (count: number): string[] => terminal.lines().slice(-count - 1, -1);
  return { terminal, clock, writes, view, expected, shown };
}

test('after every redrawing of a whole campaign the screen ends in exactly the newest picture', () => {
  const { terminal, clock, view, expected, shown } = stage();
  for (let seconds = 0; seconds <= STORY_SECONDS; seconds += 0.5) {
    view.update(storyAt(seconds));
    clock.advance(200);
    const picture = expected(seconds, 0.2);
    expect(shown(picture.length)).toEqual(picture);
  }
  const text = terminal.lines().join('\n');
  expect(text.match(/^quickstart {2}c-7f3a/gm)).toHaveLength(1);
  expect(text.match(/^agent .* joined$/gm)).toEqual(['agent desk joined', 'agent gpu-box joined']);
  expect(text.match(/^agent gpu-box left$/gm)).toHaveLength(1);
});

test('what is written above the picture stays there, in order and unbroken', () => {
  const { terminal, clock, view, expected, shown } = stage(100, 30);
  view.note('NATS server started');
  for (let second = 0; second <= 40; second += 1) {
    view.update(storyAt(second));
    view.note(`note ${second}`);
    clock.advance(200);
  }
  const notes = terminal.lines().filter((line) => line.startsWith('note '));
  expect(notes).toEqual(Array.from({ length: 41 }, (_, second) => `note ${second}`));
  expect(terminal.lines()[0]).toBe('NATS server started');
  expect(shown(expected(40).length)).toEqual(expected(40, 0.2));
});

test('the picture is drawn at most five times a second, however often there is news', () => {
  const { clock, writes, view } = stage();
  view.update(storyAt(40));
  const before = writes.length;
  for (let step = 0; step < 100; step += 1) {
    view.update(storyAt(40 + step / 100));
    clock.advance(10);
  }
  expect(writes.length - before).toBeLessThanOrEqual(5);
});

test('between two looks the time goes on', () => {
  const { clock, view, shown, expected } = stage();
  view.update(storyAt(40));
  clock.advance(5000);
  const picture = expected(40, 5);
  expect(shown(picture.length)).toEqual(picture);
  expect(picture.join('\n')).toContain('45 s');
});

test.each([
  [60, 20],
  [140, 24],
  [80, 12],
  [200, 50],
])('after resizing to %i x %i the screen ends in one picture of the new size', (columns, rows) => {
  const { terminal, clock, view, shown, expected } = stage();
  view.update(storyAt(70));
  clock.advance(200);
  terminal.resize(columns, rows);
  clock.advance(200);
  const picture = expected(70, 0.4);
  expect(shown(picture.length)).toEqual(picture);
  const screen = terminal.lines().slice(-rows);
  expect(screen.filter((line) => line.startsWith('quickstart'))).toHaveLength(1);
});

test('a note right after resizing does not leave pieces of the old picture', () => {
  const { terminal, clock, view } = stage(120, 80);
  view.update(storyAt(70));
  clock.advance(200);
  terminal.resize(70, 80);
  view.note('resized');
  expect(terminal.lines().filter((line) => line.startsWith('quickstart'))).toHaveLength(1);
});

test('the cursor is hidden while the view is open and back when it is disposed, once', () => {
  const { terminal, view, writes } = stage();
  expect(terminal.cursorVisible).toBe(false);
  view.update(storyAt(40));
  view[Symbol.dispose]();
  expect(terminal.cursorVisible).toBe(true);
  const count = writes.length;
  view[Symbol.dispose]();
  expect(writes).toHaveLength(count);
});

test('a process that ends without disposing still gives the cursor back', () => {
  const before = process.listeners('exit');
  const { terminal, view } = stage();
  const added = process.listeners('exit').filter((listener) => !before.includes(listener));
  expect(added).toHaveLength(1);
  added[0]!(0);
  expect(terminal.cursorVisible).toBe(true);
  view[Symbol.dispose]();
  expect(process.listeners('exit')).toEqual(before);
});

test('the end replaces the picture, and nothing is drawn after it', () => {
  const { terminal, clock, view, writes } = stage();
  view.update(storyAt(STORY_SECONDS - 1));
  clock.advance(200);
  view.close({ snapshot: storyAt(STORY_SECONDS), reports: ['/r/report.html'], next: [] });
  const text = terminal.lines().join('\n');
  expect(text).not.toContain('Running');
  expect(text).toContain('Report  /r/report.html');
  expect(terminal.cursorVisible).toBe(true);
  const count = writes.length;
  clock.advance(10_000);
  expect(writes).toHaveLength(count);
});

test('disposed in the middle, the last picture stays for whoever reads what went wrong', () => {
  const { terminal, clock, view } = stage();
  view.update(storyAt(70));
  clock.advance(200);
  view[Symbol.dispose]();
  expect(terminal.lines().join('\n')).toContain('Running 2');
  expect(terminal.lines().at(-1)).toBe('');
});
