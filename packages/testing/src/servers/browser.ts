import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const installMs = 600_000;

/** Path of a real Chromium: one on PATH, else Playwright's own download, else Debian's package where apt is there. */
export function findBrowser(): string | undefined {
  return findOnPath() ?? (downloadOwn() ? chromium.executablePath() : installDebian());
}

/** `undefined` if there is no browser to be had, which is an error in CI. */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = findBrowser();
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const line = "NO BROWSER: the tests in a browser did not run; install Chromium and put it on PATH";
  if (process.env["CI"]) throw new Error(line);
  process.stderr.write(`\n${"!".repeat(80)}\n${line}\n${"!".repeat(80)}\n\n`);
  return undefined;
}

function findOnPath(): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not this one.
      }
    }
  }
  return undefined;
}

function downloadOwn(): boolean {
  const { status } = spawnSync("playwright-core", ["install", "chromium"], {
    stdio: "ignore",
    timeout: installMs,
  });
  return status === 0;
}

function installDebian(): string | undefined {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) return undefined;
  spawnSync("apt-get", ["update"], { stdio: "ignore", timeout: installMs });
  const packages = ["chromium", "fonts-noto-cjk"];
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", ...packages], {
    stdio: "ignore",
    timeout: installMs,
  });
  return findOnPath();
}
