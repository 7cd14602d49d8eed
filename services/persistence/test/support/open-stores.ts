import type { Store } from "../../src/store/store.ts";
import { openStore } from "../../src/stores/open-store.ts";

export const openSqlite = (path: string): Promise<Store> => openStore({ kind: "sqlite", path });
export const openMongo = (url: string): Promise<Store> => openStore({ kind: "mongodb", url });
