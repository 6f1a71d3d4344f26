/** HTML from templates in which every value is escaped, so that no name or parameter can become markup. */

/** Text that is HTML already. Made only by {@link html} and {@link trusted}. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Markup | readonly Piece[];

/** Tagged template: strings and numbers are escaped, markup and lists of markup go in as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...values.map(render)));
}

/** Marks text of our own making, such as a rendered chart, as HTML. */
export const trusted = (text: string): Markup => new Markup(text);

/** Nothing at all. */
export const NOTHING = trusted('');

function render(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'string' || typeof piece === 'number') return escaped(String(piece));
  return piece.map(render).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
