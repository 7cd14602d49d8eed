/** What the demo model says, token by token. Pure but for the clock of `/bench`. */
import { commands, modifiers, type Command } from "./script.ts";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** The tokens of an answer, made when they are asked for. */
export function* tokensOf(
  command: Command,
  messages: readonly ChatMessage[],
): Generator<string, void, undefined> {
  switch (command.name) {
    case "talk":
      return yield* words(talk(command.text, messages));
    case "echo":
      return yield* words(command.text);
    case "count":
      for (let number = 1; number <= command.amount; number++) yield number === 1 ? "1" : ` ${number}`;
      return;
    case "markdown":
      for (let section = 1; section <= command.amount; section++) yield* words(markdownSection(section));
      return;
    case "context":
      return yield* words(JSON.stringify(messages.map(({ role, content }) => ({ role, content }))));
    case "korean":
      return yield* words(
        "안녕하세요! 저는 데모 모델이에요. 👋 한 글자씩 또박또박 말해 볼게요. 오늘은 날씨가 참 좋네요 ☀️ 가족 👨‍👩‍👧‍👦 모두 건강하세요.",
      );
    case "help":
      return yield* words(help());
    case "mistake":
      return yield* words(
        `I am only a demo model and did not understand that: ${command.problem}. Write /help to see what I know.`,
      );
    case "bench":
      return yield* stamped(command);
    case "empty":
  }
}

/** Words with the space before them, as tokenizers have them; nothing is added or lost. */
export function words(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

function talk(text: string, messages: readonly ChatMessage[]): string {
  const isFirst = messages.filter(({ role }) => role === "user").length <= 1;
  if (/[\uAC00-\uD7A3]/.test(text)) {
    return `${isFirst ? "저는 데모 모델이라 생각은 하지 못하고, 들은 말을 돌려드려요. (/help 를 써 보세요.) " : ""}이렇게 말씀하셨네요: “${text}”`;
  }
  return `${isFirst ? "I am a demo model: I do not think, I only say back what I hear. (Try /help.) " : ""}You said: “${text}”`;
}

function help(): string {
  const rows = [...Object.values(commands), ...Object.values(modifiers)].map(
    ({ usage, meaning }) => `- \`${usage}\` ${meaning}`,
  );
  return `I am a demo model. Set OPENAI_API_KEY or OPENAI_BASE_URL for a real one. What I know:\n\n${rows.join("\n")}\n\nModifiers stand before a command: \`/rate 200 /count 100\`.`;
}

function markdownSection(section: number): string {
  return `## Section ${section} · 단원 ${section}

A paragraph with **bold**, *italic*, \`code\` and a [link](https://example.com/). **강조**는 조사 앞에서도 되어야 해요.

1. first
2. second
   - nested

| name | value |
| --- | ---: |
| one | ${section} |
| 둘 | ${section * 2} |

\`\`\`ts
const section: number = ${section};
console.log(\`section \${section}\`);
\`\`\`

> A quotation, and a formula: $$e^{i\\pi} + 1 = 0$$

`;
}

/** Each token carries the monotonic time, in nanoseconds, at which it was made. */
function* stamped({ chunks, bytes }: { chunks: number; bytes: number }): Generator<string, void, undefined> {
  for (let index = 0; index < chunks; index++) {
    yield `${process.hrtime.bigint()} `.padEnd(bytes, "x");
  }
}
