/** Colours code, some lines at a time. Code that cannot be coloured, now or ever, stays as it is. */
import type { GrammarState } from "shiki/core";
import { bounds } from "../budget/bounds.ts";
import { bundledLanguagesInfo, createHighlighter } from "./code-languages.ts";
import type { Code, CodeChunk, Style } from "./tree/unit.ts";

const themes = { light: "github-light", dark: "github-dark" } as const;
const names = new Map(
  bundledLanguagesInfo.flatMap(({ id, aliases = [] }) => [id, ...aliases].map((name) => [name, id])),
);
/** How long to wait before a file that could not be loaded is requested again. */
const retryMs = [2_000, 10_000, 60_000] as const;
/** How many chunks are cached, so that one more word does not colour all of the code again. */
const maxCachedChunks = 2_000;

type Shiki = Awaited<ReturnType<typeof createHighlighter>>;

/** A chunk, and the chunks that followed it, by their text. */
interface Known {
  readonly chunk: CodeChunk;
  readonly state: GrammarState | undefined;
  readonly next: Map<string, Known>;
}

/** What the colours wait for. */
export type Waiting = "time" | "language";

export interface Reading {
  readonly code: Code;
  readonly waitsFor: Waiting | undefined;
}

export class Highlighter {
  /** Called when a language is loaded. */
  readonly #onLanguage: () => void;
  readonly #loaded = new Map<string, Shiki | "loading" | "failed">();
  #shiki: Promise<Shiki> | undefined;
  #known = new Map<string, Map<string, Known>>();
  #knownChunks = 0;

  constructor(onLanguage: () => void) {
    this.#onLanguage = onLanguage;
  }

  /** @param hasTime called before each chunk that is coloured for the first time */
  read(language: string, text: string, hasTime: () => boolean): Reading {
    const chunks = chunksOf(text);
    const id = names.get(language.toLowerCase());
    const shiki = id === undefined ? undefined : this.#load(id);
    if (id === undefined || typeof shiki !== "object") {
      const waitsFor = shiki === "loading" ? "language" : undefined;
      return { code: { language, chunks: chunks.map(plain) }, waitsFor };
    }
    return this.#colour({ id, language, chunks, shiki, hasTime });
  }

  /** The code without colours: it takes too long. */
  static plain(language: string, text: string): Code {
    return { language, chunks: chunksOf(text).map(plain) };
  }

  #colour({ id, language, chunks, shiki, hasTime }: ColourParts): Reading {
    const coloured: CodeChunk[] = [];
    let after = this.#rootOf(id);
    let state: GrammarState | undefined;
    let characters = 0;
    for (const [index, text] of chunks.entries()) {
      characters += text.length;
      let known = after.get(text);
      if (!known) {
        const waitsFor = hasTime() ? undefined : "time";
        if (waitsFor !== undefined || characters > bounds.colouredCharacters)
          return { code: { language, chunks: [...coloured, ...chunks.slice(index).map(plain)] }, waitsFor };
        known = { ...colours(shiki, id, text, state), next: new Map() };
        // The last chunk still grows.
        if (index < chunks.length - 1) this.#cache(after, text, known);
      }
      coloured.push(known.chunk);
      ({ state, next: after } = known);
    }
    return { code: { language, chunks: coloured }, waitsFor: undefined };
  }

  #rootOf(id: string): Map<string, Known> {
    const known = this.#known.get(id) ?? new Map<string, Known>();
    this.#known.set(id, known);
    return known;
  }

  #cache(after: Map<string, Known>, text: string, known: Known): void {
    after.set(text, known);
    if (++this.#knownChunks < maxCachedChunks) return;
    this.#known = new Map();
    this.#knownChunks = 0;
  }

  /** @returns the highlighter of the language, once it is loaded */
  #load(id: string, attempt = 0): Shiki | "loading" | "failed" {
    const known = this.#loaded.get(id);
    if (known !== undefined && attempt === 0) return known;
    this.#loaded.set(id, "loading");
    void this.#loadNow(id).then(
      (shiki) => {
        this.#loaded.set(id, shiki);
        this.#onLanguage();
      },
      () => {
        const ms = retryMs[attempt];
        this.#shiki = undefined;
        if (ms === undefined) this.#loaded.set(id, "failed");
        else setTimeout(() => this.#load(id, attempt + 1), ms);
      },
    );
    return "loading";
  }

  async #loadNow(id: string): Promise<Shiki> {
    this.#shiki ??= createHighlighter({ themes: Object.values(themes), langs: [] });
    const shiki = await this.#shiki;
    await shiki.loadLanguage(id);
    return shiki;
  }
}

interface ColourParts {
  readonly id: string;
  readonly language: string;
  readonly chunks: readonly string[];
  readonly shiki: Shiki;
  readonly hasTime: () => boolean;
}

function plain(text: string): CodeChunk {
  return { text, spans: [], styles: [] };
}

/**
 * Chunks of some lines each, with their line ends. A line that is too long is cut. More code at the end
 * changes only the last chunk.
 */
function chunksOf(text: string): string[] {
  const chunks: string[] = [];
  let start = 0;
  while (start < text.length) {
    let end = start;
    for (let lines = 0; lines < bounds.codeChunkLines && end < text.length; lines++) {
      const lineEnd = text.indexOf("\n", end);
      const next = lineEnd === -1 ? text.length : lineEnd + 1;
      if (next - start > bounds.codeChunkCharacters && end > start) break;
      end = Math.min(next, start + bounds.codeChunkCharacters);
      if (end < next) break;
    }
    chunks.push(text.slice(start, end));
    start = end;
  }
  return chunks;
}

function colours(
  shiki: Shiki,
  lang: string,
  text: string,
  grammarState: GrammarState | undefined,
): { chunk: CodeChunk; state: GrammarState | undefined } {
  const hasEnd = text.endsWith("\n");
  const { tokens, grammarState: state } = shiki.codeToTokens(hasEnd ? text.slice(0, -1) : text, {
    lang,
    themes,
    tokenizeMaxLineLength: bounds.colouredLineCharacters,
    ...(grammarState && { grammarState }),
  });
  const spans: number[] = [];
  const styles: Style[] = [];
  for (const [index, line] of tokens.entries()) {
    for (const { content, htmlStyle } of line) addSpan(spans, styles, content, styleOf(htmlStyle));
    if (index < tokens.length - 1 || hasEnd) addSpan(spans, styles, "\n", undefined);
  }
  return { chunk: { text, spans, styles }, state };
}

/** Blanks look the same in any colour, so they belong to the text before them. */
function addSpan(spans: number[], styles: Style[], text: string, style: Style | undefined): void {
  const last = spans.length - 1;
  const lastStyle = styles[spans[last] ?? -1];
  if (last > 0 && (text.trim() === "" || lastStyle?.["color"] === style?.["color"])) {
    spans[last - 1] = (spans[last - 1] ?? 0) + text.length;
    return;
  }
  const own = style ?? { color: "inherit" };
  const known = styles.findIndex(({ color }) => color === own["color"]);
  spans.push(text.length, known === -1 ? styles.push(own) - 1 : known);
}

function styleOf(style: Readonly<Record<string, string>> | undefined): Style | undefined {
  const light = style?.["color"];
  const dark = style?.["--shiki-dark"];
  return light === undefined
    ? undefined
    : { color: dark === undefined ? light : `light-dark(${light}, ${dark})` };
}
