// Hands a file that the server built to the browser's downloads.
window.cxrSave = parcel => {
  if (!parcel) return;
  const bytes = Uint8Array.from(atob(parcel.base64), c => c.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: parcel.kind }));
  link.download = parcel.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
