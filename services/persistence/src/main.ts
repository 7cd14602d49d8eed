import { runService } from "@natter/runtime";
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";

await runService("persistence", (logger) => createApp(readConfig(process.env), logger));
