/** Turns the tokens of a constraint into functions of a configuration, checking names and types on the way. */

import {
  asNumber,
  asRelation,
  both,
  calculate,
  compare,
  COMPARISON_OPERATORS,
  either,
  literal,
  negated,
  type Distance,
  type Expression,
  type ValueType,
} from './constraint-expression.js';
import { constraintError, tokenise, type Token } from './constraint-tokens.js';
import { nearestName } from './nearest-name.js';

interface ParseResult {
  readonly distance: Distance;
  readonly names: readonly string[];
}

const FUNCTIONS: Readonly<Record<string, { readonly arity: 1 | 'any'; readonly apply: (...all: number[]) => number }>> =
  {
    min: { arity: 'any', apply: Math.min },
    max: { arity: 'any', apply: Math.max },
    abs: { arity: 1, apply: Math.abs },
    log: { arity: 1, apply: Math.log },
    exp: { arity: 1, apply: Math.exp },
    floor: { arity: 1, apply: Math.floor },
    ceil: { arity: 1, apply: Math.ceil },
  };

/** A parser by recursive descent over one text. */
export class ConstraintParser {
  private readonly tokens: readonly Token[];
  private readonly types: ReadonlyMap<string, ValueType>;
  private readonly names = new Set<string>();
  private position = 0;

  /** @throws {DomainError} when the text holds a character that begins no token. */
  constructor(text: string, types: ReadonlyMap<string, ValueType>) {
    this.tokens = tokenise(text);
    this.types = types;
  }

  /** @throws {DomainError} with `column`. */
  parse(): ParseResult {
    if (this.tokens.length === 1) throw constraintError('the constraint is empty', 1);
    const whole = this.disjunction();
    if (this.next.kind !== 'end') throw constraintError(`unexpected ${quoted(this.next)}`, this.next.column);
    if (whole.type !== 'boolean' && whole.type !== 'any') {
      throw constraintError('is no relation; compare it with something, as in "... == 0"', whole.column);
    }
    return { distance: asRelation(whole), names: [...this.names] };
  }

  private get next(): Token {
    return this.tokens[this.position]!;
  }

  /** Takes the next token if it is one of these operators or words. */
  private take(...texts: readonly string[]): Token | undefined {
    const token = this.next;
    if ((token.kind !== 'operator' && token.kind !== 'name') || !texts.includes(token.text)) return undefined;
    this.position++;
    return token;
  }

  private disjunction(): Expression {
    let left = this.conjunction();
    while (this.take('or')) left = either(left, this.conjunction());
    return left;
  }

  private conjunction(): Expression {
    let left = this.negation();
    while (this.take('and')) left = both(left, this.negation());
    return left;
  }

  private negation(): Expression {
    const word = this.take('not');
    return word ? negated(this.negation(), word.column) : this.comparison();
  }

  private comparison(): Expression {
    const left = this.sum();
    const operator = this.take(...COMPARISON_OPERATORS);
    if (!operator) return left;
    const right = this.sum();
    const chained = this.take(...COMPARISON_OPERATORS);
    if (chained) throw constraintError('comparisons cannot be chained; join two with "and"', chained.column);
    return compare(operator, left, right);
  }

  private sum(): Expression {
    let left = this.product();
    for (let sign = this.take('+', '-'); sign; sign = this.take('+', '-')) left = calculate(sign, left, this.product());
    return left;
  }

  private product(): Expression {
    let left = this.signed();
    for (let sign = this.take('*', '/', '%'); sign; sign = this.take('*', '/', '%')) {
      left = calculate(sign, left, this.signed());
    }
    return left;
  }

  private signed(): Expression {
    const minus = this.take('-');
    if (!minus) return this.power();
    const inner = asNumber(this.signed());
    return { type: 'number', column: minus.column, evaluate: (c) => -inner(c) };
  }

  private power(): Expression {
    const base = this.atom();
    const operator = this.take('**');
    return operator ? calculate(operator, base, this.signed()) : base;
  }

  private atom(): Expression {
    const token = this.next;
    if (this.take('(')) {
      const inner = this.disjunction();
      this.expect(')');
      return inner;
    }
    this.position++;
    if (token.kind === 'number') return literal(Number(token.text), 'number', token.column);
    if (token.kind === 'text') return literal(token.text.slice(1, -1), 'text', token.column);
    if (token.kind === 'name') return this.word(token);
    throw constraintError(`a value is missing before ${quoted(token)}`, token.column);
  }

  private word(token: Token): Expression {
    if (this.next.text === '(' && !this.types.has(token.text)) return this.call(token);
    if (this.types.has(token.text)) return this.parameter(token.text, token.column);
    if (token.text === 'true' || token.text === 'false') return literal(token.text === 'true', 'boolean', token.column);
    return this.parameter(token.text, token.column);
  }

  private parameter(name: string, column: number): Expression {
    const type = this.types.get(name);
    if (type === undefined) {
      const nearest = nearestName(name, [...this.types.keys()]);
      throw constraintError(`unknown parameter "${name}"${nearest ? `; did you mean "${nearest}"?` : ''}`, column);
    }
    this.names.add(name);
    return { type, column, evaluate: (configuration) => configuration[name]! };
  }

  private call(token: Token): Expression {
    const known = Object.hasOwn(FUNCTIONS, token.text) ? FUNCTIONS[token.text] : undefined;
    if (!known) {
      throw constraintError(
        `unknown function "${token.text}"; known: ${Object.keys(FUNCTIONS).join(', ')}`,
        token.column,
      );
    }
    this.expect('(');
    const values = [asNumber(this.sum())];
    while (this.take(',')) values.push(asNumber(this.sum()));
    this.expect(')');
    if (known.arity === 1 && values.length !== 1) throw constraintError(`${token.text} takes one value`, token.column);
    return { type: 'number', column: token.column, evaluate: (c) => known.apply(...values.map((value) => value(c))) };
  }

  private expect(text: string): void {
    if (!this.take(text)) throw constraintError(`expected "${text}" before ${quoted(this.next)}`, this.next.column);
  }
}

const quoted = ({ kind, text }: Token): string => (kind === 'end' ? 'the end' : `"${text}"`);
