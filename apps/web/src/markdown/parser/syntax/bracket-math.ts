/** Formulas between `\(` and `\)`, and between `\[` and `\]`, which is how most models write them. */
import type { Extension as FromMarkdown } from "mdast-util-from-markdown";
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from "micromark-util-types";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    bracketMathFlow: "bracketMathFlow";
    bracketMathText: "bracketMathText";
    bracketMathFence: "bracketMathFence";
    bracketMathData: "bracketMathData";
  }
}

const backslash = 92;
const round = { open: 40, close: 41 };
const square = { open: 91, close: 93 };

/** As a block: no dash or blank line in the formula begins a list or a paragraph. */
const flow: Construct = { name: "bracketMathFlow", tokenize: tokenizeFlow, concrete: true };
const text: Construct = { name: "bracketMathText", tokenize: tokenizeText };

export const bracketMathSyntax: Extension = { flow: { [backslash]: flow }, text: { [backslash]: text } };

function tokenizeFlow(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const end: State = (code) => {
    if (code === null || isLineEnding(code)) {
      effects.exit("bracketMathFlow");
      return ok(code);
    }
    if (!isBlank(code)) return nok(code);
    effects.enter("whitespace");
    effects.consume(code);
    effects.exit("whitespace");
    return end;
  };
  const formula = new Formula(effects, square, { end, nok, lineEnd: (code) => nextLine(code) });
  const nextLine: State = effects.attempt(continuation, formula.inside, nok);
  const opened: State = (code) => (this.interrupt ? ok(code) : formula.inside(code));
  const bracket: State = (code) => (code === square.open ? formula.open(code, opened) : nok(code));
  return (code) => {
    effects.enter("bracketMathFlow");
    return formula.begin(code, bracket);
  };
}

function tokenizeText(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const before = this.previous;
  const formulaOf = (brackets: typeof round): Formula => {
    const end: State = (code) => {
      // `\[a\](b)` is an escaped link.
      if (brackets === square && code === round.open) return nok(code);
      effects.exit("bracketMathText");
      return ok(code);
    };
    const lineEnd: State = (code) => {
      effects.enter("lineEnding");
      effects.consume(code);
      effects.exit("lineEnding");
      return formula.inside;
    };
    const formula = new Formula(effects, brackets, { end, nok, lineEnd });
    return formula;
  };
  const bracket: State = (code) => {
    // After a letter they are brackets: `array\[0\]`.
    const brackets =
      code === round.open ? round : code === square.open && !isWord(before) ? square : undefined;
    if (!brackets) return nok(code);
    const formula = formulaOf(brackets);
    return formula.open(code, formula.inside);
  };
  return (code) => {
    effects.enter("bracketMathText");
    effects.enter("bracketMathFence");
    effects.consume(code);
    return bracket;
  };
}

interface Ways {
  readonly end: State;
  readonly nok: State;
  readonly lineEnd: State;
}

/** The text between the brackets. A backslash escapes the next character, so `\\]` closes nothing. */
class Formula {
  readonly #effects: Effects;
  readonly #brackets: typeof round;
  readonly #ways: Ways;
  #isEmpty = true;

  constructor(effects: Effects, brackets: typeof round, ways: Ways) {
    this.#effects = effects;
    this.#brackets = brackets;
    this.#ways = ways;
  }

  begin(code: Code, bracket: State): State {
    this.#effects.enter("bracketMathFence");
    this.#effects.consume(code);
    return bracket;
  }

  open(code: Code, then: State): State {
    this.#effects.consume(code);
    this.#effects.exit("bracketMathFence");
    return then;
  }

  readonly inside: State = (code) => {
    if (code === null) return this.#ways.nok(code);
    if (isLineEnding(code)) return this.#ways.lineEnd(code);
    if (code !== backslash) return this.#data(code);
    return this.#effects.check(closing(this.#brackets.close), this.#close, this.#data)(code);
  };

  readonly #data: State = (code) => {
    this.#effects.enter("bracketMathData");
    return this.#more(code);
  };

  readonly #more: State = (code) => {
    if (code === null || isLineEnding(code)) return this.#endData(code);
    if (!isBlank(code)) this.#isEmpty = false;
    this.#effects.consume(code);
    return code === backslash ? this.#escaped : this.#next;
  };

  readonly #escaped: State = (code) => {
    if (code === null || isLineEnding(code)) return this.#endData(code);
    this.#effects.consume(code);
    return this.#next;
  };

  readonly #next: State = (code) => (code === backslash ? this.#endData(code) : this.#more(code));

  #endData(code: Code): State | undefined {
    this.#effects.exit("bracketMathData");
    return this.inside(code);
  }

  readonly #close: State = (code) => {
    if (this.#isEmpty) return this.#ways.nok(code);
    return this.begin(code, (bracket) => this.open(bracket, this.#ways.end));
  };
}

function closing(bracket: number): Construct {
  return {
    partial: true,
    tokenize(effects, ok, nok) {
      const second: State = (code) => {
        if (code !== bracket) return nok(code);
        effects.consume(code);
        effects.exit("bracketMathFence");
        return ok;
      };
      return (code) => {
        effects.enter("bracketMathFence");
        effects.consume(code);
        return second;
      };
    },
  };
}

/** The next line, if the formula continues there. */
const continuation: Construct = { partial: true, tokenize: tokenizeContinuation };

function tokenizeContinuation(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  const lineStart: State = (code) => (this.parser.lazy[this.now().line] ? nok(code) : ok(code));
  return (code) => {
    effects.enter("lineEnding");
    effects.consume(code);
    effects.exit("lineEnding");
    return lineStart;
  };
}

function isLineEnding(code: Code): boolean {
  return code !== null && code < -2;
}

function isBlank(code: Code): boolean {
  return code === 32 || code === -1 || code === -2;
}

function isWord(code: Code): boolean {
  return code !== null && code > 0 && /[\dA-Za-z]/.test(String.fromCharCode(code));
}

/** Makes the same nodes as formulas between dollars have. */
export const bracketMathNodes: FromMarkdown = {
  enter: {
    bracketMathFlow(token) {
      this.enter({ type: "math", value: "", data: { hName: "pre" } } as never, token);
      this.buffer();
    },
    bracketMathText(token) {
      this.enter({ type: "inlineMath", value: "", data: { hName: "code" } } as never, token);
      this.buffer();
    },
  },
  exit: {
    bracketMathFlow(token) {
      const value = this.resume().trim();
      const code = {
        type: "element",
        tagName: "code",
        properties: { className: ["language-math", "math-display"] },
        children: [{ type: "text", value }],
      };
      const node = this.stack.at(-1) as unknown as MathNode;
      this.exit(token);
      Object.assign(node, { value, data: { hName: "pre", hChildren: [code] } });
    },
    bracketMathText(token) {
      const value = this.resume();
      const isDisplayed = this.sliceSerialize(token).startsWith("\\[");
      const className = ["language-math", isDisplayed ? "math-display" : "math-inline"];
      const node = this.stack.at(-1) as unknown as MathNode;
      this.exit(token);
      const hChildren = [{ type: "text", value }];
      Object.assign(node, { value, data: { hName: "code", hProperties: { className }, hChildren } });
    },
    bracketMathData(token) {
      this.config.enter["data"]?.call(this, token);
      this.config.exit["data"]?.call(this, token);
    },
  },
};

interface MathNode {
  value: string;
  data: object;
}
