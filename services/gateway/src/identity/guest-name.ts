import { cutText, limits } from "@natter/protocol";
import { isReserved } from "./look-alikes.ts";

/** What a guest is called who has no name. */
export const unnamed = "Guest";

/** Whatever takes no place of its own on a screen, or an empty one. Joiners stay where they join, as `$<joiner>`. */
const joiner = String.raw`(?<=[\p{L}\p{M}\p{So}\p{Sk}])[\u200C\u200D](?=[\p{L}\p{M}\p{So}])`;
const emojiForm = String.raw`(?<=[\p{So}\p{Sk}\d#*])[\uFE0E\uFE0F]`;
const blank = String.raw`[\p{C}\p{Default_Ignorable_Code_Point}\u2800\u{16FE4}]|\u{1D159}`;
const invisible = new RegExp(`(?<joiner>${joiner}|${emojiForm})|${blank}`, "gu");
const visible = /[\p{L}\p{N}\p{P}\p{S}]/u;
/** No script that people write puts more marks on one letter; a pile of them covers the lines around it. */
const pile = new RegExp(`[\\p{Mn}\\p{Me}]{${limits.nameMarks + 1}}`, "u");

/**
 * The name that a guest asks for, as others see it, or `undefined` if they cannot have it: nobody could see it, or it could be
 * taken for the model's or the server's. Line breaks and other control characters would let a name pretend to be something
 * else. Joiners stay where they join: families of emoji are made with them, and words of Persian and of languages of India.
 */
export function guestNameOf(wanted: string): string | undefined {
  const kept = wanted.replaceAll(invisible, "$<joiner>").replaceAll(/\p{Z}/gu, " ").trim();
  const name = cutText(kept, limits.userNameLength).trim();
  const isGood = visible.test(name) && !pile.test(name.normalize("NFC")) && !isReserved(name);
  return isGood ? name : undefined;
}
