# Ký các tệp .ps1 bằng chứng thư ký mã của tỉnh, rồi ghi lại SHA256SUMS. Chạy trên máy Windows giữ chứng thư ấy:
#   powershell -NoProfile -ExecutionPolicy Bypass -File .\sign-agents.ps1 -Thumbprint 0123...ABCD
# Máy nhận cần chứng thư này trong kho Trusted Publishers, và nơi cấp nó trong Trusted Root (chính sách nhóm, hoặc certlm.msc).
# -TimestampServer: máy đóng dấu thời gian, để chữ ký còn giá trị khi chứng thư hết hạn.
param(
    [Parameter(Mandatory = $true)][string]$Thumbprint,
    [string]$TimestampServer = ''
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
# Cửa sổ của Windows không mặc định hiện tiếng Việt; tác vụ chạy ngầm thì không có cửa sổ nào.
try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch { Write-Verbose 'no console' }

$certificate = @(Get-ChildItem 'Cert:\CurrentUser\My', 'Cert:\LocalMachine\My' -CodeSigningCert | Where-Object { $_.Thumbprint -eq $Thumbprint })
if ($certificate.Count -eq 0) {
    [Console]::Error.WriteLine("sign-agents: không có chứng thư ký mã $Thumbprint trong kho Personal của máy này")
    [Console]::Error.WriteLine('Cách sửa: xem các chứng thư có sẵn: Get-ChildItem Cert:\CurrentUser\My -CodeSigningCert')
    exit 1
}
foreach ($name in @('tslcd-beat.ps1', 'install-tslcd-beat.ps1')) {
    $more = @{}
    if ($TimestampServer) { $more.TimestampServer = $TimestampServer }
    $made = Set-AuthenticodeSignature -FilePath (Join-Path $PSScriptRoot $name) -Certificate $certificate[0] -HashAlgorithm SHA256 @more
    if ($made.Status -ne 'Valid') {
        [Console]::Error.WriteLine("sign-agents: không ký được ${name}: $($made.StatusMessage)")
        exit 1
    }
}

$list = Join-Path $PSScriptRoot 'SHA256SUMS'
$lines = foreach ($line in Get-Content -Encoding UTF8 $list) {
    $name = $line.Substring(66)
    (Get-FileHash -Algorithm SHA256 -LiteralPath (Join-Path $PSScriptRoot $name)).Hash.ToLowerInvariant() + '  ' + $name
}
# sha256sum của Linux không chịu CR ở cuối dòng.
[IO.File]::WriteAllText($list, (($lines -join "`n") + "`n"), (New-Object Text.UTF8Encoding $false))
'Đã ký. Chép cả thư mục này tới các máy.'
