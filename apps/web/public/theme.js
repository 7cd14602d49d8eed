// Runs before anything is painted, so that a chosen theme does not flash. A file, because no script may be inline here.
try {
  const theme = localStorage.getItem("natter.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // No storage: the system's theme it is.
}
