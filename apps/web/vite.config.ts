import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type UserConfig } from "vite";

/** `vite` alone serves the sources and asks a natter that runs at this address. */
const natter = "http://127.0.0.1:8080";

const config: UserConfig = defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: {
    dedupe: ["react", "react-dom"],
    // Markdown is read in a worker, where there is no document to ask.
    conditions: ["worker", ...defaultClientConditions],
  },
  worker: { format: "es" },
  build: {
    // What every current browser knows; nothing is translated for older ones.
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    manifest: true,
  },
  // Asked by the page's own name: the gateway refuses a page of another.
  server: { proxy: { "/api": { target: natter }, "/ws": { target: natter, ws: true } } },
});

export default config;
