/**
 * The languages that people ask a model about, of all that Shiki knows. Each is a file of its own, which is
 * loaded when a block of it is shown.
 */
import { createBundledHighlighter } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

export const bundledLanguagesInfo = [
  {
    id: "bash",
    name: "Shell",
    aliases: ["sh", "shell", "zsh"],
    import: () => import("shiki/langs/bash.mjs"),
  },
  { id: "c", name: "C", import: () => import("shiki/langs/c.mjs") },
  { id: "cpp", name: "C++", aliases: ["c++"], import: () => import("shiki/langs/cpp.mjs") },
  { id: "csharp", name: "C#", aliases: ["c#", "cs"], import: () => import("shiki/langs/csharp.mjs") },
  { id: "css", name: "CSS", import: () => import("shiki/langs/css.mjs") },
  { id: "diff", name: "Diff", import: () => import("shiki/langs/diff.mjs") },
  {
    id: "docker",
    name: "Dockerfile",
    aliases: ["dockerfile"],
    import: () => import("shiki/langs/docker.mjs"),
  },
  { id: "go", name: "Go", aliases: ["golang"], import: () => import("shiki/langs/go.mjs") },
  { id: "html", name: "HTML", import: () => import("shiki/langs/html.mjs") },
  { id: "java", name: "Java", import: () => import("shiki/langs/java.mjs") },
  {
    id: "javascript",
    name: "JavaScript",
    aliases: ["js", "mjs"],
    import: () => import("shiki/langs/javascript.mjs"),
  },
  { id: "json", name: "JSON", import: () => import("shiki/langs/json.mjs") },
  { id: "jsx", name: "JSX", import: () => import("shiki/langs/jsx.mjs") },
  { id: "kotlin", name: "Kotlin", aliases: ["kt"], import: () => import("shiki/langs/kotlin.mjs") },
  { id: "markdown", name: "Markdown", aliases: ["md"], import: () => import("shiki/langs/markdown.mjs") },
  { id: "php", name: "PHP", import: () => import("shiki/langs/php.mjs") },
  { id: "python", name: "Python", aliases: ["py"], import: () => import("shiki/langs/python.mjs") },
  { id: "ruby", name: "Ruby", aliases: ["rb"], import: () => import("shiki/langs/ruby.mjs") },
  { id: "rust", name: "Rust", aliases: ["rs"], import: () => import("shiki/langs/rust.mjs") },
  { id: "sql", name: "SQL", import: () => import("shiki/langs/sql.mjs") },
  { id: "swift", name: "Swift", import: () => import("shiki/langs/swift.mjs") },
  { id: "toml", name: "TOML", import: () => import("shiki/langs/toml.mjs") },
  { id: "tsx", name: "TSX", import: () => import("shiki/langs/tsx.mjs") },
  {
    id: "typescript",
    name: "TypeScript",
    aliases: ["ts"],
    import: () => import("shiki/langs/typescript.mjs"),
  },
  { id: "xml", name: "XML", import: () => import("shiki/langs/xml.mjs") },
  { id: "yaml", name: "YAML", aliases: ["yml"], import: () => import("shiki/langs/yaml.mjs") },
];

const bundledLanguages = Object.fromEntries(
  bundledLanguagesInfo.flatMap(({ id, aliases = [], import: load }) =>
    [id, ...aliases].map((name) => [name, load] as const),
  ),
);

export const createHighlighter = createBundledHighlighter({
  langs: bundledLanguages,
  themes: {
    "github-light": () => import("shiki/themes/github-light.mjs"),
    "github-dark": () => import("shiki/themes/github-dark.mjs"),
  },
  engine: () => createJavaScriptRegexEngine({ forgiving: true }),
});
