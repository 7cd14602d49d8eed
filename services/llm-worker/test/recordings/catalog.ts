import { recording as azureOpenAi } from "./providers/azure-openai.ts";
import { recording as deepSeek } from "./providers/deepseek.ts";
import { recording as gemini } from "./providers/gemini.ts";
import { recording as groq } from "./providers/groq.ts";
import { recording as llamaCpp } from "./providers/llama-cpp.ts";
import { recording as lmStudio } from "./providers/lm-studio.ts";
import { recording as mistral } from "./providers/mistral.ts";
import { recording as ollama } from "./providers/ollama.ts";
import { recording as openAi } from "./providers/openai.ts";
import { recording as openRouter } from "./providers/openrouter.ts";
import type { ProviderRecording } from "./recording.ts";
import { recording as vllm } from "./providers/vllm.ts";

/** By the name of the file that has it; in the order of docs/providers.md. */
export const recordings: Readonly<Record<string, ProviderRecording>> = {
  openai: openAi,
  "azure-openai": azureOpenAi,
  ollama,
  vllm,
  "lm-studio": lmStudio,
  "llama-cpp": llamaCpp,
  openrouter: openRouter,
  groq,
  mistral,
  deepseek: deepSeek,
  gemini,
};
