/** The answer to `natter.reply.<session>`: the text so far of the running reply, from its owner. */
export type ReplySoFar =
  | {
      readonly state: "replying";
      readonly id: string;
      readonly attempt: number;
      readonly claim: string;
      /** The text of each chunk from the number `from` on; empty for one of reasoning. */
      readonly chunks: readonly string[];
      /** 0 if missing. Without it a reply of very many chunks would be larger than one message of the broker. */
      readonly from?: number;
      /** The text of the chunks before `from`. */
      readonly before?: string;
      /** All reasoning so far. */
      readonly reasoning?: string;
      /** Number of the chunk with `takesText`, if there was one. The text before it is in `reasoning`. */
      readonly takenAt?: number;
    }
  | { readonly state: "released"; readonly id: string; readonly attempt: number };
