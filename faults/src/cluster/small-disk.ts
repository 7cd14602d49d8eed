/** Disks that can be full and can turn read-only. They are files with an ext4 inside, and to mount them needs root on Linux. */
import { execFile } from "node:child_process";
import { open, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Enough for a scenario, and soon full. */
const diskBytes = 96 * 1_048_576;
/** e2fsck ends with 1 when it has repaired what it found. */
const repaired = 1;
const fillBlockBytes = [1_048_576, 4_096, 1];

/** Why there can be no such disks here, for people; `undefined` if there can. */
export async function smallDiskProblem(): Promise<string | undefined> {
  if (process.platform !== "linux") return "only Linux can mount a file as an ext4 disk";
  if (process.getuid?.() !== 0) return "only root can mount a disk";
  const found = await run("mkfs.ext4", ["-V"]).catch(() => undefined);
  return found ? undefined : "there is no mkfs.ext4";
}

/** One mounted disk. */
export class SmallDisk implements AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #image: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#image = `${folder}.ext4`;
  }

  /** @throws what `mount` or `mkfs.ext4` say */
  static async mount(folder: string): Promise<SmallDisk> {
    const problem = await smallDiskProblem();
    if (problem !== undefined) throw new Error(`no small disk: ${problem}`);
    const disk = new SmallDisk(folder);
    await mkdir(folder, { recursive: true });
    const image = await open(disk.#image, "w");
    await image.truncate(diskBytes);
    await image.close();
    // Without blocks that only root may use: all processes here are root's.
    await run("mkfs.ext4", ["-q", "-m", "0", disk.#image]);
    await disk.#mount();
    return disk;
  }

  /** Leaves not a byte. */
  async fill(): Promise<void> {
    const filler = await open(this.#filler, "w");
    for (const bytes of fillBlockBytes) await writeUntilFull(filler, Buffer.alloc(bytes));
    await filler.sync().catch(() => undefined);
    await filler.close().catch(() => undefined);
  }

  async makeRoom(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  /** What the kernel does with a disk that has errors: from one moment to the next nothing can be written. */
  async turnReadOnly(): Promise<void> {
    await run("mount", ["-o", "remount,abort", this.folder]);
  }

  /** Nobody may have a file of it open. @throws if the disk is in use or cannot be repaired */
  async repair(): Promise<void> {
    await run("umount", [this.folder]);
    await run("e2fsck", ["-p", this.#image]).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== repaired) throw error;
    });
    await this.#mount();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("umount", [this.folder]);
    await rm(this.#image, { force: true });
  }

  get #filler(): string {
    return join(this.folder, "filler");
  }

  async #mount(): Promise<void> {
    await run("mount", ["-o", "loop,errors=remount-ro", this.#image, this.folder]);
  }
}

async function writeUntilFull(file: Awaited<ReturnType<typeof open>>, block: Buffer): Promise<void> {
  for (;;) {
    try {
      const { bytesWritten } = await file.write(block);
      if (bytesWritten < block.length) return;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOSPC") return;
      throw error;
    }
  }
}
