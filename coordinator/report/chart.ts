/** Draws a chart as SVG text, without a browser; colours are CSS variables of the page. */

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { trusted, type Markup } from './html-text.js';

export interface ChartOptions extends Plot.PlotOptions {
  /** Read out in place of the picture. */
  readonly label: string;
}

/** Size of one panel in CSS pixels before it is fitted to its column. */
export const PANEL = { width: 460, height: 340 } as const;

/** An SVG element as markup; what it needs of style is in the page's sheet. */
export function drawChart({ label, ...options }: ChartOptions): Markup {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...PANEL, ...options, document, className: 'chart' }) as unknown as SvgElement;
  svg.querySelector('style')?.remove();
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  return trusted(svg.outerHTML.replace(LONG_DECIMAL, '$1'));
}

/** What is used of an element; the compiler knows no browser types here. */
interface SvgElement {
  readonly outerHTML: string;
  querySelector(selector: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
}

/** Coordinates carry more digits than any screen shows. */
const LONG_DECIMAL = /(?<=[\s"(,MLHVCZ-]-?\d+)(\.\d\d)\d{3,}(?=[\s"),MLHVCZ-])/g;
