import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: new URL("page", import.meta.url).pathname,
  plugins: [react()],
  // The server's policy lets no style or script into the page but files.
  build: { outDir: "../dist", emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // `npx vite -c chat/vite.config.ts` serves the page while it is changed; the server answers beside it.
  server: { proxy: { "/api": "http://127.0.0.1:3000" } },
});
