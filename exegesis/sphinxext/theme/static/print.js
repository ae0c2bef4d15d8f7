// The button that prints a page.
document.querySelectorAll(".print-page").forEach((button) => button.addEventListener("click", () => print()));
