"use strict";
// How old the data is, also in a copy that is served when the monitor is dead; and the search box there.
(() => {
  const age = document.getElementById("tuoi-so-lieu");
  const look = () => {
    const minutes = Math.floor((Date.now() / 1000 - Number(age.dataset.at)) / 60);
    if (minutes < 5) return;
    age.textContent = age.dataset.old.replace("%s", minutes.toLocaleString(document.documentElement.lang === "en" ? "en-GB" : "vi-VN"));
    age.classList.add("is-old");
  };
  if (age) { look(); setInterval(look, 30000); }
  const bare = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/g, "d").replace(/Đ/g, "D").toLowerCase();
  const box = document.getElementById("xa");
  if (!box) return;
  box.addEventListener("input", () => {
    const asked = bare(box.value.trim()), all = document.getElementById("moi-xa");
    if (all) all.open = asked !== "";
    for (const item of document.querySelectorAll("[data-find]")) item.hidden = !bare(item.dataset.find).includes(asked);
  });
  setInterval(() => { if (!document.hidden && document.activeElement !== box && !age.classList.contains("is-old")) location.reload(); }, 60000);
})();
