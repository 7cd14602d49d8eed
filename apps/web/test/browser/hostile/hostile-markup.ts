/** Markup that makes a browser send a request. `spy` is in every address that must not be requested. */

export const harmlessPicture =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" onload="fetch('/spy')"><image href="/spy"/><style>@import url(/spy)</style></svg>`;

const room = "/api/sessions/spy-room/events?name=Victim";
const elsewhere = "https://spy.example/x.png";

const images = [
  ...[
    room,
    "/spy.png",
    "spy.png",
    "./spy.png",
    "../spy",
    "?spy",
    "/assets/../api/spy",
    "/assets/%2e%2e/spy",
    "\\spy",
    "/\\spy.example/x",
    "//spy.example/x",
    "///spy.example/x",
    elsewhere,
    "HTTPS://SPY.example/x",
    "http:spy",
    "https:/spy.example",
    "ftp://spy.example/x",
    "blob:https://spy.example/1",
    "filesystem:https://spy.example/1",
    "javascript:fetch('/spy')",
    "data:text/html,<script>fetch('/spy')</script>",
    `data:image/svg+xml;base64,${btoa(drawing)}`,
    `data:image/svg+xml,${encodeURIComponent(drawing)}`,
    `data:image/svg+xml;image/png,${encodeURIComponent(drawing)}`,
    ` data:,spy`,
  ].map((address) => `![x](<${address}>)`),
  `![x][spy]\n\n[spy]: ${room} "title"`,
  `![spy]\n\n[spy]: /spy`,
  `[![x](${room})](${elsewhere})`,
  `| ![x](${room}) |\n| --- |\n| ![x](/spy) |`,
  `# ![x](${room})`,
  `- > ![x](${room})`,
  `text[^1]\n\n[^1]: ![x](${room})`,
  `**![x](${room})**한국어`,
  `![x](/spy`,
  "![[![x](/spy)](/spy)",
];

const html = [
  `<img src="${room}">`,
  `<img src=x srcset="/spy 2x" sizes=auto loading=eager>`,
  `<picture><source srcset="/spy"><img src="${harmlessPicture}"></picture>`,
  `<image src="/spy">`,
  `<script src="/spy.js"></script><script>fetch("/spy")</script>`,
  `<script type="speculationrules">{"prefetch":[{"urls":["/spy"],"eagerness":"immediate"}]}</script>`,
  ...[
    "stylesheet",
    "prefetch",
    "preload",
    "modulepreload",
    "prerender",
    "dns-prefetch",
    "preconnect",
    "icon",
    "manifest",
  ].map(
    (rel) => `<link rel="${rel}" href="/spy" as="image"><link rel="${rel}" href="${elsewhere}" as="image">`,
  ),
  `<meta http-equiv="refresh" content="0;url=/spy">`,
  `<base href="https://spy.example/">`,
  `<iframe src="/spy"></iframe><iframe srcdoc="<img src=/spy>"></iframe>`,
  `<object data="/spy"></object><embed src="/spy"><portal src="/spy"></portal><frameset><frame src="/spy">`,
  `<video src="/spy" poster="/spy" autoplay></video><audio src="/spy" autoplay></audio><track src="/spy">`,
  `<svg><image href="/spy"/><use href="/spy#a"/><script href="/spy"/><foreignObject><img src="/spy"></foreignObject></svg>`,
  `<svg onload="fetch('/spy')"><animate onbegin="fetch('/spy')" attributeName="x"/></svg>`,
  `<math><maction actiontype="statusline" xlink:href="/spy">x</maction><mglyph src="/spy"/></math>`,
  `<style>@import "/spy"; * { background: url(/spy) } @font-face { font-family: spy; src: url(/spy) }</style>`,
  `<p style="background: url(/spy); list-style: url(/spy); cursor: url(/spy), auto; font-family: spy">styled</p>`,
  `<input type="image" src="/spy"><body background="/spy"><table background="/spy"><td background="/spy">`,
  `<form action="/spy"><input autofocus onfocus="fetch('/spy')"></form><details open ontoggle="fetch('/spy')">`,
  `<a href="/spy" ping="/spy">a</a><a href="${elsewhere}" attributionsrc="/spy">b</a>`,
  `<template><img src="/spy"></template><noscript><img src="/spy"></noscript><!--[if true]><img src="/spy"><![endif]-->`,
  `<div\n\n<img src="/spy">\n\n</div>`,
  `\`</code><img src="/spy">\``,
  `<x-spy is="img" src="/spy">`,
];

const formulas = [
  "\\href{/spy}{x}",
  "\\url{/spy}",
  "\\includegraphics[width=1em]{/spy}",
  "\\htmlStyle{background: url(/spy)}{x}",
  "\\htmlClass{spy}{x}\\htmlId{spy}{x}\\htmlData{spy=1}{x}",
  "\\color{url(/spy)}x",
  "\\colorbox{url(/spy)}{x}\\fcolorbox{url(/spy)}{red}{x}",
  "\\text{</span><img src=/spy>}",
  "\\text{![x](/spy)}",
  "\\unicode{<img src=/spy>}",
  "\\def\\x{\\includegraphics{/spy}}\\x",
  "x' onload='fetch(1)' y=\"<img src=/spy>\"",
].flatMap((formula) => [`$$${formula}$$`, `$$\n${formula}\n$$`, `\\(${formula}\\)`, `\\[${formula}\\]`]);

const codes = [
  `\`\`\`html\n${html.join("\n")}\n\`\`\``,
  `\`\`\`svg\n${drawing}\n\`\`\``,
  '```mermaid\ngraph TD; A["<img src=/spy>"] --> B; click A "/spy"\n```',
  "```math\n\\includegraphics{/spy}\n```",
  "```/spy\ncode\n```",
  "```../../api/spy.js {src=/spy}\ncode\n```",
  '```js" onload="fetch(1)\ncode\n```',
  "```css\n@import url(/spy);\n```",
];

const links = [
  `[a](/spy "spy") [b](${elsewhere}) [c](//spy.example) <https://spy.example/y> https://spy.example/z www.spy.example`,
  `[a](javascript:fetch('/spy')) [b](data:text/html,<script>fetch('/spy')</script>) [c](vbscript:spy) [d](java\nscript:spy)`,
  `[a]\n\n[a]: /spy`,
  `a[^spy]\n\n[^spy]: https://spy.example/note`,
  `# [a](/spy) {#spy}`,
  `[a](mailto:spy@spy.example) spy@spy.example [b](tel:5559)`,
];

/**
 * Several texts in one answer, since each answer takes a while. A text that closes nothing, or changes the
 * whole answer, is alone.
 */
const together = 12;

function isAlone(snippet: string): boolean {
  return /^!\[x\]\(\/spy$|\]: /m.test(snippet);
}

function answersOf(snippets: readonly string[]): string[] {
  const others = snippets.filter((snippet) => !isAlone(snippet));
  const groups = Array.from({ length: Math.ceil(others.length / together) }, (_, index) =>
    others.slice(index * together, (index + 1) * together).join("\n\n"),
  );
  return [...groups, ...snippets.filter(isAlone)];
}

export const hostileMarkup: readonly string[] = [images, html, formulas, codes, links].flatMap(answersOf);
