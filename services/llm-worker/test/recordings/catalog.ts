import { recording as azureOpenAi } from "./azure-openai.ts";
import { recording as deepSeek } from "./deepseek.ts";
import { recording as gemini } from "./gemini.ts";
import { recording as groq } from "./groq.ts";
import { recording as llamaCpp } from "./llama-cpp.ts";
import { recording as lmStudio } from "./lm-studio.ts";
import { recording as mistral } from "./mistral.ts";
import { recording as ollama } from "./ollama.ts";
import { recording as openAi } from "./openai.ts";
import { recording as openRouter } from "./openrouter.ts";
import type { ProviderRecording } from "./recording.ts";
import { recording as vllm } from "./vllm.ts";

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
