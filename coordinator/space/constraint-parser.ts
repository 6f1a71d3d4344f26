/** Turns the tokens of a constraint into a function, checking names and types on the way. */

import type { Configuration, ParameterValue } from '../../shared/domain/configuration.js';
import { constraintError, tokenise, type Token } from './constraint-tokens.js';
import { nearestName } from './nearest-name.js';

/** What an expression yields; `any` is known only when it is evaluated. */
export type ValueType = 'number' | 'text' | 'boolean' | 'any';

type Evaluate = (configuration: Configuration) => ParameterValue;

interface Expression {
  readonly type: ValueType;
  readonly column: number;
  readonly evaluate: Evaluate;
}

interface ParseResult {
  readonly expression: Evaluate;
  readonly names: readonly string[];
}

/** Relative distance below which two numbers are equal. */
const EQUAL_WITHIN = 1e-12;

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => areEqual(a, b),
  '!=': (a, b) => !Number.isNaN(a) && !Number.isNaN(b) && !areEqual(a, b),
  '<': (a, b) => a < b && !areEqual(a, b),
  '<=': (a, b) => a < b || areEqual(a, b),
  '>': (a, b) => a > b && !areEqual(a, b),
  '>=': (a, b) => a > b || areEqual(a, b),
};

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

const areEqual = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= EQUAL_WITHIN * Math.max(Math.abs(a), Math.abs(b));

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
    return { expression: whole.evaluate, names: [...this.names] };
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
    for (let word = this.take('or'); word; word = this.take('or')) {
      const [a, b] = [asBoolean(left), asBoolean(this.conjunction())];
      left = { type: 'boolean', column: left.column, evaluate: (c) => a(c) || b(c) };
    }
    return left;
  }

  private conjunction(): Expression {
    let left = this.negation();
    for (let word = this.take('and'); word; word = this.take('and')) {
      const [a, b] = [asBoolean(left), asBoolean(this.negation())];
      left = { type: 'boolean', column: left.column, evaluate: (c) => a(c) && b(c) };
    }
    return left;
  }

  private negation(): Expression {
    const word = this.take('not');
    if (!word) return this.comparison();
    const inner = asBoolean(this.negation());
    return { type: 'boolean', column: word.column, evaluate: (c) => !inner(c) };
  }

  private comparison(): Expression {
    const left = this.sum();
    const operator = this.take(...Object.keys(COMPARISONS));
    if (!operator) return left;
    const right = this.sum();
    const chained = this.take(...Object.keys(COMPARISONS));
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

const literal = (value: ParameterValue, type: ValueType, column: number): Expression => ({
  type,
  column,
  evaluate: () => value,
});

function asNumber({ type, column, evaluate }: Expression): (configuration: Configuration) => number {
  if (type !== 'number' && type !== 'any')
    throw constraintError(`a number is needed, but this is ${article(type)}`, column);
  return (configuration) => {
    const value = evaluate(configuration);
    return typeof value === 'number' ? value : NaN;
  };
}

function asBoolean({ type, column, evaluate }: Expression): (configuration: Configuration) => boolean {
  if (type !== 'boolean' && type !== 'any')
    throw constraintError(`a relation is needed, but this is ${article(type)}`, column);
  return (configuration) => evaluate(configuration) === true;
}

const article = (type: ValueType): string => (type === 'boolean' ? 'true or false' : `a ${type}`);

function calculate(operator: Token, left: Expression, right: Expression): Expression {
  const [a, b] = [asNumber(left), asNumber(right)];
  const apply = ARITHMETIC[operator.text]!;
  return { type: 'number', column: left.column, evaluate: (c) => apply(a(c), b(c)) };
}

/** Numbers compare by size; texts and booleans only as equal or not. */
function compare(operator: Token, left: Expression, right: Expression): Expression {
  const isEquality = operator.text === '==' || operator.text === '!=';
  const apply = COMPARISONS[operator.text]!;
  if (!isEquality) {
    const [a, b] = [asNumber(left), asNumber(right)];
    return { type: 'boolean', column: left.column, evaluate: (c) => apply(a(c), b(c)) };
  }
  if (left.type !== 'any' && right.type !== 'any' && left.type !== right.type) {
    throw constraintError(`compares ${article(left.type)} with ${article(right.type)}`, operator.column);
  }
  const isEqual = operator.text === '==';
  return {
    type: 'boolean',
    column: left.column,
    evaluate(configuration) {
      const [a, b] = [left.evaluate(configuration), right.evaluate(configuration)];
      return typeof a === 'number' && typeof b === 'number' ? apply(a, b) : (a === b) === isEqual;
    },
  };
}
