import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Problem } from "../api/client.ts";
import { lookNow } from "../live/store.ts";
import { ProblemView } from "../parts/states.tsx";
import { type DialogSpec, dialog, type Field, notices, notify, type Values } from "./dialog.ts";

/** Holds the dialog while there is one. The browser keeps the focus inside, and gives it back afterwards. */
export function Dialogs() {
  const spec = dialog.value;
  return (
    <>
      {spec !== null && <DialogView key={spec.title} spec={spec} />}
      <div class="notices" role="status" aria-live="polite">
        {notices.value.map(({ id, text }) => (
          <p key={id} class="notice">
            {text}
          </p>
        ))}
      </div>
    </>
  );
}

function DialogView({ spec }: { readonly spec: DialogSpec }) {
  const box = useRef<HTMLDialogElement>(null);
  const fields = spec.fields ?? [];
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(fields.map(({ name, value }) => [name, value])),
  );
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const opener = document.activeElement;
    box.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const close = () => {
    dialog.value = null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const answer = await spec.run(values);
    setBusy(false);
    if (!answer.ok) return setProblem(answer.problem);
    notify(spec.done(values, answer.value));
    close();
    lookNow();
  };
  return (
    <dialog ref={box} class="dialog" aria-labelledby="dialog-title" onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="dialog-title">{spec.title}</h2>
        <div class="dialog-text">{spec.text}</div>
        {fields
          .filter(({ when }) => when === undefined || when(values))
          .map((field) => (
            <FieldView
              key={field.name}
              field={field}
              value={values[field.name] ?? ""}
              onValue={(value) => setValues({ ...values, [field.name]: value })}
            />
          ))}
        {problem !== null && <ProblemView problem={problem} />}
        <div class="dialog-buttons">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={`button ${spec.tone === "bad" ? "danger" : "primary"}`} disabled={busy}>
            {busy ? "Working…" : spec.verb}
          </button>
        </div>
      </form>
    </dialog>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function FieldView({ field, value, onValue }: FieldProps) {
  const { name, label, kind, hint, options = [], required = false } = field;
  const id = useId();
  return (
    <label class="field" htmlFor={id}>
      <span>{label}</span>
      {kind === "select" ? (
        <select id={id} name={name} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          id={id}
          name={name}
          inputMode={kind === "number" ? "decimal" : "text"}
          value={value}
          required={required}
          autocomplete="off"
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}
