const requiredNodeMajor = 24;

/**
 * Ends the process with one line if its Node is too old. pnpm's install before a script can fail without stopping the script,
 * which then runs on the Node of the machine.
 */
export function refuseOldNode(): void {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= requiredNodeMajor) return;
  process.stderr.write(
    `natter needs Node ${requiredNodeMajor} or newer, this is ${process.version}: run "npx -y pnpm install" and read its output\n`,
  );
  process.exit(1);
}
