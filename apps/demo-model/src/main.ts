import { runService } from "@natter/service";
import { createApp } from "./app.ts";
import { readConfig } from "./config.ts";

await runService("demo-model", () => createApp(readConfig(process.env)));
