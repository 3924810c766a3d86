// The secrets of the app, those of infra/secrets.json. Everything else signs in by identity.

param token string
param location string
param tags object
param workspaceId string

@description('Keep a deleted vault for its whole retention; cannot be undone.')
param purgeProtection bool

@description('Let nobody in but private endpoints.')
param networkIsolation bool

@description('Refuse to delete the vault.')
param lock bool

@secure()
@description('Values by the names of the settings; one that is missing or empty leaves what is in the vault.')
param secrets object

var layout = loadJsonContent('../../secrets.json')
var given = filter(layout, secret => contains(secrets, secret.setting))

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  // checkov:skip=CKV_AZURE_109: denied when networkIsolation is on; without a network nobody could reach it
  // checkov:skip=CKV_AZURE_189: off when networkIsolation is on; identities alone get in either way
  name: 'kv-${token}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // The service refuses false; null leaves it off.
    enablePurgeProtection: purgeProtection ? true : null
    publicNetworkAccess: networkIsolation ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: networkIsolation ? 'Deny' : 'Allow'
    }
  }
}

resource entries 'Microsoft.KeyVault/vaults/secrets@2025-05-01' = [for secret in given: if (!empty(secrets[secret.setting])) {
  // checkov:skip=CKV_AZURE_41: the provider decides when a secret ends; one that expired by itself would stop the orders
  parent: vault
  name: secret.secret
  tags: tags
  properties: {
    contentType: secret.about
    value: secrets[secret.setting]
  }
}]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
  properties: {
    workspaceId: workspaceId
    // Who read which secret, and when.
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource deletionLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the key to the payments.'
  }
}

output name string = vault.name
output id string = vault.id
@description('What the settings refer to, without a version: the app takes up a new one by itself, within a day.')
output references object = toObject(layout, secret => secret.setting, secret => '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/${secret.secret})')
