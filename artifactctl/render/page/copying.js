// Copying text, and saying whether that worked.
const SHOWN_MS = 4000;

// `say` shows what happened, and after a while what it said before.
export async function copy(text, say, before = "Copy") {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
  } catch {
    say("Not allowed by the browser");
  }
  setTimeout(() => say(before), SHOWN_MS);
}
