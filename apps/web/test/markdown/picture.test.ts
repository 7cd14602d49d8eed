import { expect, test } from "vitest";
import { pictureOf } from "../../src/markdown/elements/picture.ts";

const page = "https://natter.example:8443/?session=a";
const kindOf = (source: string): string => pictureOf(source, page).kind;

test.each([
  "/x.png",
  "x",
  "?x",
  "#x",
  "",
  "/assets/x.png",
  "//natter.example:8443/x",
  "https://natter.example:8443/x",
  "HTTPS://NATTER.example:8443/x",
  "https:/x",
  "https:x",
  "\\x",
  "blob:https://natter.example/1",
  "javascript:x",
  "java\nscript:x",
  "ftp://elsewhere.example/x",
  "data:text/html,x",
  "data:image/svg+xml,<svg/>",
  "data:image/svg+xml;image/png,<svg/>",
  "data:image/pngx,x",
  "data:,x",
  "https://",
  "streamdown:incomplete-image",
])("picture - an image is never fetched from %j", (source) => {
  expect(kindOf(source)).toBe("none");
});

test.each([
  "https://elsewhere.example/x",
  "//elsewhere.example/x",
  "http://natter.example:8443/x",
  "https://natter.example/x",
])("picture - an image is fetched from %j only on request", (source) => {
  expect(kindOf(source)).toBe("elsewhere");
});

test.each(["data:image/png;base64,AAAA", "DATA:image/GIF;base64,AAAA", "data:image/webp,x"])(
  "picture - an image in %j needs no request",
  (source) => {
    expect(kindOf(source)).toBe("here");
  },
);
