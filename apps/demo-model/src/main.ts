import { runService } from "@natter/runtime";
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";

await runService("demo-model", () => createApp(readConfig(process.env)));
