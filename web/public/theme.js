// Before the first paint: the theme that was chosen here, if one was. A file of its own, because the pages' policy
// allows no script inside a page; not a module, because modules wait.
try {
  const theme = localStorage.getItem('meks.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden: the system's choice stands.
}
