/** Ends with 0 if the address in the first argument answers with a status below 400. The images have no curl. */
const answer = await fetch(process.argv[2] ?? "", { signal: AbortSignal.timeout(2_500) }).catch(
  () => undefined,
);
process.exitCode = answer?.ok === true ? 0 : 1;
