// Editing a cell: prism-code-editor, fetched when the first cell is edited. It is a text area with
// the coloured code drawn behind it, so that undo, selection and screen readers work as ever.
import { createEditor } from "./run/editor/index.js";
import { defaultCommands, editHistory } from "./run/editor/extensions/commands.js";
import "./run/editor/languages/python.js";
import "./run/editor/prism/languages/python.js";

const style = (name) =>
  new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL(name, import.meta.url);
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
    document.head.append(link);
  });
const styles = Promise.all(["run/editor/layout.css", "run-editor.css"].map(style));

// Put an editor in the place of a listing. The callbacks: run (Ctrl+Enter, Shift+Enter), leave
// (Escape: Tab indents, so that the keyboard needs another way out) and change.
export async function openEditor(listing, code, { label, run, leave, change }) {
  await styles;
  const place = document.createElement("div");
  place.className = "run-editor";
  const help = document.createElement("p");
  help.className = "run-help";
  help.id = `run-help-${label.replace(/\W+/g, "-")}`;
  help.textContent = matchMedia("(hover: none) and (pointer: coarse)").matches
    ? "Run, below, runs what you write; Reset brings the book’s code back." // a phone has none of these keys
    : "Ctrl+Enter runs. Tab indents, Shift+Tab takes it back. Esc leaves the editor.";
  const editor = createEditor(
    place,
    { language: "python", value: code, tabSize: 4, insertSpaces: true, lineNumbers: true, onUpdate: change },
    defaultCommands(),
    editHistory(),
  );
  editor.textarea.setAttribute("aria-label", label);
  editor.textarea.setAttribute("aria-describedby", help.id);
  const enter = editor.keyCommandMap.Enter;
  editor.keyCommandMap.Enter = (event, ...rest) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return enter(event, ...rest);
    run();
    return true;
  };
  editor.keyCommandMap.Escape = () => {
    leave();
    return true;
  };
  place.append(help);
  listing.hidden = true;
  listing.after(place);
  return {
    get value() {
      return editor.value;
    },
    focus: () => editor.textarea.focus(),
    remove() {
      place.remove();
      listing.hidden = false;
    },
  };
}
