import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { CrashScreen } from "./crash-screen.tsx";
import { startLocale } from "./locale/locale.ts";
import { GuestProvider } from "./people/guest.tsx";
import "./styles.css";

await startLocale();
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <CrashScreen>
        <GuestProvider>
          <App />
        </GuestProvider>
      </CrashScreen>
    </StrictMode>,
  );
