/** `20~25`: a single tilde between letters or digits means a range, and deletes nothing. */
import type { Code, Construct, Extension, State } from "micromark-util-types";

const tilde = 126;

const range: Construct = {
  name: "range",
  tokenize(effects, ok, nok) {
    const before = this.previous;
    const after: State = (code) => {
      if (!isWord(code)) return nok(code);
      effects.exit("data");
      return ok(code);
    };
    return (code) => {
      if (!isWord(before)) return nok(code);
      effects.enter("data");
      effects.consume(code);
      return after;
    };
  },
};

export const rangeSyntax: Extension = { text: { [tilde]: range } };

function isWord(code: Code): boolean {
  return code !== null && code > 0 && /[\p{L}\p{N}\p{Surrogate}]/u.test(String.fromCharCode(code));
}
