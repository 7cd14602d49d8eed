/** What the demo model calls itself. */
const demoModel = "demo";

/** Whether the demo model wrote an answer. Nobody should take that for the answer of a model. */
export function isDemoModel(model: string | undefined): boolean {
  return model === demoModel;
}
