// Applies what this station chose (theme, mode, hand, pen) before the first paint: that is why this one is no module.
{
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(`labeler.${name}`);
    } catch {
      return null; // storage can be locked on a kiosk; the page's own defaults serve
    }
  };
  const theme = stored("theme");
  if (["light", "dark"].includes(theme)) root.dataset.theme = theme;
  // A page made for a desk stays one; only floor pages (glove by default) follow the station's choice.
  root.dataset.modeDefault = root.dataset.mode;
  const mode = stored("mode");
  if (root.dataset.mode === "glove" && mode === "desk") root.dataset.mode = mode;
  if (stored("hand") === "left") root.dataset.hand = "left";
  // Without a choice the first touch of a pen makes it.
  if (["pen", "finger"].includes(stored("pen"))) root.dataset.pen = stored("pen");
  // Measured on /device: the sizes for gloves follow millimetres. Beyond the limits somebody slipped.
  const pxPerMm = Number(stored("pxPerMm"));
  if (pxPerMm > 0) root.style.setProperty("--px-per-mm", String(Math.max(5, Math.min(8, pxPerMm))));
  // A tablet that has locked must not show the page for the moment until lock.js runs.
  if (root.dataset.session) {
    try {
      const { session, touched_ms, locked } = JSON.parse(stored("presence") ?? "{}");
      const idle = Date.now() - touched_ms > Number(root.dataset.idleS) * 1000;
      if (session === root.dataset.session && (locked || idle)) root.dataset.locked = "";
    } catch {
      // Nothing readable: lock.js begins anew.
    }
  }
}
