import { openModel, type ModelOptions } from "../../src/models/open-model.ts";
import type { Model } from "../../src/models/model.ts";

/** A model as the defaults of the settings have it. */
export function openTestModel(options: Partial<ModelOptions>): Model {
  return openModel({
    api: "chat",
    apiKey: undefined,
    baseUrl: undefined,
    proxy: { http: undefined, https: undefined, noProxy: undefined },
    known: { limitName: "auto", streamOptions: "auto", systemRole: "auto" },
    logger: { warn: () => undefined },
    ...options,
  });
}
