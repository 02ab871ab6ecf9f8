(function () {
  "use strict";
  const dialog = document.querySelector("dialog");
  const [large, close] = [dialog.querySelector("img"), dialog.querySelector("button")];
  for (const opener of document.querySelectorAll(".plate button")) {
    opener.addEventListener("click", () => {
      const small = opener.querySelector("img");
      large.src = small.src;
      large.alt = small.alt;
      dialog.showModal();
    });
  }
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
})();
