# Cài nhịp của máy này (Windows 10/11, PowerShell 5.1). Mở PowerShell bằng "Run as administrator", vào thư mục này, rồi:
#   powershell -NoProfile -ExecutionPolicy Bypass -File .\install-tslcd-beat.ps1 -Asset kiosk-21484-01 `
#     -Url https://giamsat.example.gov.vn:8443/beat -App chrome
# Mã (token) được hỏi, gõ không hiện. -RequireSigned: chỉ cài tệp mà tỉnh đã ký (xem README.vi.md).
# Gỡ: install-tslcd-beat.ps1 -Remove
#
# Cài gì: chương trình ở C:\Program Files\tslcd (chỉ quản trị sửa được), cấu hình ở C:\ProgramData\tslcd (chỉ LOCAL SERVICE
# đọc được), một tác vụ chạy mỗi phút bằng tài khoản LOCAL SERVICE, quyền thấp nhất. Không có dịch vụ nào.
param(
    [string]$Asset,
    [string]$Url,
    [string]$App = '',
    [switch]$RequireSigned,
    [switch]$Remove
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
# Cửa sổ của Windows không mặc định hiện tiếng Việt; tác vụ chạy ngầm thì không có cửa sổ nào.
try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch { Write-Verbose 'no console' }

$task = 'tslcd-beat'
$programFolder = Join-Path $env:ProgramFiles 'tslcd'
$program = Join-Path $programFolder 'tslcd-beat.ps1'
$configFolder = Join-Path $env:ProgramData 'tslcd'
$config = Join-Path $configFolder 'tslcd-beat.json'
$source = Join-Path $PSScriptRoot 'tslcd-beat.ps1'

function Stop-Install([string]$Why, [string]$Remedy) {
    [Console]::Error.WriteLine("install-tslcd-beat: $Why")
    [Console]::Error.WriteLine("Cách sửa: $Remedy")
    exit 1
}

# Chỉ những tài khoản này; không thừa hưởng gì từ thư mục cha. Tên tài khoản khác nhau theo ngôn ngữ của Windows, SID thì không.
function Set-Access([string]$Path, [hashtable]$Rights) {
    $item = Get-Item -LiteralPath $Path
    $acl = $item.GetAccessControl('Access')
    $acl.SetAccessRuleProtection($true, $false)
    foreach ($old in @($acl.Access)) { $acl.RemoveAccessRule($old) | Out-Null }
    $inherit = 'None'
    if ($item.PSIsContainer) { $inherit = 'ContainerInherit, ObjectInherit' }
    foreach ($sid in $Rights.Keys) {
        $who = New-Object Security.Principal.SecurityIdentifier $sid
        $rule = New-Object Security.AccessControl.FileSystemAccessRule($who, $Rights[$sid], $inherit, 'None', 'Allow')
        $acl.AddAccessRule($rule)
    }
    $item.SetAccessControl($acl)
}
$administrators = 'S-1-5-32-544'
$localSystem = 'S-1-5-18'
$localService = 'S-1-5-19'

$me = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Stop-Install 'cần quyền quản trị để cài (chỉ lúc cài)' 'mở PowerShell bằng "Run as administrator" rồi chạy lại'
}

if ($Remove) {
    Unregister-ScheduledTask -TaskName $task -Confirm:$false -ErrorAction SilentlyContinue
    foreach ($file in @($program, $config)) {
        if (Test-Path -LiteralPath $file) { Remove-Item -LiteralPath $file -Force }
    }
    'Đã gỡ. Trên máy giám sát: bỏ tài sản khỏi danh mục, nếu không nó báo mất nhịp.'
    exit 0
}

if ($Asset -cnotmatch '\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z') { Stop-Install "mã tài sản '$Asset' không đúng" 'thêm -Asset MÃ, như trong danh mục' }
if ($Url -cnotmatch '\Ahttps://[^/\s]+/beat\z') { Stop-Install "địa chỉ '$Url' không đúng" 'thêm -Url https://MÁY-GIÁM-SÁT:8443/beat' }

# Tệp phải do tỉnh ký, hoặc đúng như lúc phát hành (SHA256SUMS).
$signature = Get-AuthenticodeSignature -FilePath $source
$policy = 'Bypass'
if ($signature.Status -eq 'Valid') {
    $policy = 'AllSigned'
} elseif ($signature.SignerCertificate) {
    Stop-Install "chữ ký của tslcd-beat.ps1 không được tin: $($signature.StatusMessage)" 'đưa chứng thư người ký vào kho Trusted Publishers của máy này; nếu vẫn thế, lấy lại tệp từ tỉnh'
} elseif ($RequireSigned) {
    Stop-Install 'tslcd-beat.ps1 chưa được ký' 'lấy bộ tệp đã ký của tỉnh, hoặc ký bằng sign-agents.ps1'
} else {
    $wanted = @(Get-Content -Encoding UTF8 (Join-Path $PSScriptRoot 'SHA256SUMS') | Where-Object { $_ -match '  tslcd-beat\.ps1$' })
    $found = (Get-FileHash -Algorithm SHA256 -LiteralPath $source).Hash.ToLowerInvariant()
    if ($wanted.Count -ne 1 -or $wanted[0] -ne "$found  tslcd-beat.ps1") {
        Stop-Install 'tslcd-beat.ps1 khác bản phát hành' 'chép lại cả thư mục agents từ máy giám sát'
    }
}

$typed = Read-Host -AsSecureString 'Mã (token), gõ không hiện'
$token = (New-Object Management.Automation.PSCredential ('token', $typed)).GetNetworkCredential().Password.Trim()
if ($token -cnotmatch '\A[A-Z2-7]{52}\z') {
    Stop-Install 'mã (token) không đúng: cần 52 ký tự A-Z, 2-7' "in lại bằng: tslcd-monitor heartbeat token $Asset"
}

# Ai cũng tạo được thư mục trong ProgramData, và chủ của thư mục luôn đổi được quyền của nó.
if (Test-Path -LiteralPath $configFolder) {
    $owner = (Get-Item -LiteralPath $configFolder).GetAccessControl('Owner').GetOwner([Security.Principal.SecurityIdentifier]).Value
    if (@($administrators, $localSystem) -notcontains $owner) {
        Stop-Install "$configFolder do tài khoản khác tạo ra ($owner)" 'xem trong đó có gì, xóa thư mục ấy rồi cài lại'
    }
}
New-Item -ItemType Directory -Force -Path $programFolder | Out-Null
New-Item -ItemType Directory -Force -Path $configFolder | Out-Null
Copy-Item -LiteralPath $source -Destination $program -Force
# Tệp chép từ mạng về mang dấu "đến từ Internet", có chính sách sẽ từ chối.
Unblock-File -LiteralPath $program

# Quyền được đặt trước khi mã được ghi vào.
Set-Access $configFolder @{ $administrators = 'FullControl'; $localSystem = 'FullControl'; $localService = 'ReadAndExecute' }
$settings = [ordered]@{ asset = $Asset; token = $token; url = $Url; app = $App }
[IO.File]::WriteAllText($config, ($settings | ConvertTo-Json), (New-Object Text.UTF8Encoding $false))
Set-Access $config @{ $administrators = 'FullControl'; $localSystem = 'FullControl'; $localService = 'Read' }

$shell = Join-Path $env:SystemRoot 'System32\WindowsPowerShell\v1.0\powershell.exe'
$arguments = "-NoProfile -NonInteractive -WindowStyle Hidden -ExecutionPolicy $policy -File `"$program`""
$action = New-ScheduledTaskAction -Execute $shell -Argument $arguments
# Mỗi máy bắt đầu ở một giây khác nhau: cả tỉnh không gửi cùng một lúc.
$start = (Get-Date).AddSeconds((Get-Random -Minimum 5 -Maximum 60))
$everyMinute = New-ScheduledTaskTrigger -Once -At $start -RepetitionInterval (New-TimeSpan -Minutes 1)
$principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount -RunLevel Limited
$options = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable `
    -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Minutes 1)
Register-ScheduledTask -Force -TaskName $task -Action $action -Trigger $everyMinute -Principal $principal -Settings $options `
    -Description 'Mỗi phút một nhịp tới máy giám sát TSLCD' | Out-Null

# Thử ngay, bằng đúng tài khoản sẽ chạy nó.
Start-ScheduledTask -TaskName $task
for ($waited = 0; $waited -lt 30; $waited++) {
    Start-Sleep -Seconds 1
    if ((Get-ScheduledTask -TaskName $task).State -ne 'Running') { break }
}
$result = (Get-ScheduledTaskInfo -TaskName $task).LastTaskResult
if ($result -eq 0) {
    'Đã gửi nhịp thử đầu tiên; từ nay mỗi phút một nhịp.'
} else {
    [Console]::Error.WriteLine("Đã cài, nhưng nhịp đầu tiên không tới (mã $result). Xem vì sao, trong cửa sổ này:")
    [Console]::Error.WriteLine("  powershell -NoProfile -ExecutionPolicy $policy -File `"$program`"")
}
