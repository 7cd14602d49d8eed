import { runService } from "@natter/runtime";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { quickTimings } from "./stage.ts";

await runService("llm-worker", (logger) =>
  createApp({ ...readConfig(process.env), timings: quickTimings }, logger),
);
